"""One connection to a provider: opened, asked one thing at a time, closed at the first doubt."""

import asyncio
import socket
from collections.abc import Sequence
from ssl import SSLContext
from typing import Any, cast

from yarl import URL

from contacts.channels.reply import BadReply, Reply, ReplyReader

_SECONDS_PER_ADDRESS = 1.0
_Address = tuple[int, int, int, str, tuple[Any, ...]]  # as getaddrinfo gives it


class Disconnected(Exception):
    """The other side closed before the head of its reply was whole."""


class CutShort(Exception):
    """The other side closed within the body of its reply."""


class Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._reply: asyncio.Future[Reply] | None = None
        self.idle_since = 0.0  # on the loop's clock

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, deadline: float) -> Reply:
        """Send the request once and wait for the whole reply, until `deadline` on the loop's clock.

        Raises TimeoutError, Disconnected, CutShort, BadReply or OSError. After any of them, or on
        being cancelled, the connection is closed.
        """
        if self._transport is None or not self.is_open:
            raise Disconnected
        loop = asyncio.get_running_loop()
        self._reader = ReplyReader()
        self._reply = loop.create_future()
        alarm = loop.call_at(deadline, self._fail, TimeoutError())
        self._transport.write(request)
        try:
            return await self._reply
        except BaseException:
            self.close()
            raise
        finally:
            alarm.cancel()
            self._reply = None
            if self.is_open and not self._reader.reusable:
                self.close()
            self.idle_since = loop.time()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is a class of its own

    def data_received(self, data: bytes) -> None:
        if self._reply is None or self._reply.done():
            self.close()  # nobody asked for it
            return
        try:
            reply = self._reader.feed(data)
        except BadReply as error:
            self._fail(error)
            return
        if reply is not None:
            self._reply.set_result(reply)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)
        self._transport = None

    def _end(self, error: Exception | None) -> None:
        if self._reply is None or self._reply.done():
            return
        if (whole := self._reader.end()) is not None:
            self._reply.set_result(whole)
        elif error is not None:
            self._fail(error)
        else:
            self._fail(CutShort() if self._reader.began else Disconnected())

    def _fail(self, error: Exception) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)


async def connect(url: URL, tls: SSLContext | None) -> Connection:
    """A connection to the host of `url`, by the first of its addresses that answers.

    Raises OSError; of its kinds, socket.gaierror for the name and ssl.SSLError for the handshake.
    """
    loop = asyncio.get_running_loop()
    host, port = url.raw_host or "", url.port or 80
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    connected = await _first_to_answer(found)
    _, connection = await loop.create_connection(
        Connection, sock=connected, ssl=tls, server_hostname=host if tls else None
    )
    return connection


async def _first_to_answer(found: Sequence[_Address]) -> socket.socket:
    """All but the last have a second: where IPv6 leads nowhere, IPv4 must have its turn."""
    for address in found[:-1]:
        try:
            async with asyncio.timeout(_SECONDS_PER_ADDRESS):
                return await _open_socket(address)
        except (OSError, TimeoutError):
            continue
    return await _open_socket(found[-1])


async def _open_socket(address: _Address) -> socket.socket:
    family, kind, protocol, _, place = address
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, place)
    except BaseException:
        opened.close()
        raise
    return opened
