"""The one HTTP client: pooled connections that post once, and what a failure of the wire means.

Nothing here retries, follows a redirect or keeps a cookie. It is written out for what a provider
needs, because a general client costs three times the CPU, and posting is the largest part of a
touch. Another one can take its place by offering the same `post`.
"""

import asyncio
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from yarl import URL

from contacts.channels.connection import Connection, CutShort, Disconnected, connect
from contacts.channels.outgoing import Answer, Receipt
from contacts.channels.reply import LARGEST_ANSWER, BadReply, Reply

# A provider that closes an idle connection as we write leaves us in doubt; so we close it first.
KEEP_ALIVE_SECONDS = 4.0

__all__ = ["LARGEST_ANSWER", "Poster", "Reply", "Wire", "WireFailure", "open_wire"]


@dataclass(frozen=True, slots=True)
class WireFailure:
    """No whole answer. RETRY: no byte of the request left. UNKNOWN: some may have."""

    answer: Answer
    code: str

    def receipt(self) -> Receipt:
        return Receipt(self.answer, code=self.code)


class Poster(Protocol):
    """What a provider's module needs of an HTTP client."""

    async def post(
        self, url: URL, body: bytes, headers: Mapping[str, str]
    ) -> Reply | WireFailure: ...


# The first class that fits counts: those of the name and the handshake are OSErrors too.
_BEFORE = (
    (TimeoutError, "connect_timeout"),
    (socket.gaierror, "dns"),
    (ssl.SSLError, "tls"),
    (OSError, "connect"),
)
_AFTER = (
    (TimeoutError, "timeout"),
    (Disconnected, "disconnected"),
    (CutShort, "cut_short"),
    (BadReply, "bad_answer"),
    (OSError, "reset"),
)


class Wire:
    def __init__(self, *, connections: int, connect_timeout: float, request_timeout: float) -> None:
        self._connect_timeout = connect_timeout
        self._request_timeout = request_timeout
        self._free = asyncio.Semaphore(connections)
        self._idle: defaultdict[tuple[str, str | None, int | None], list[Connection]]
        self._idle = defaultdict(list)
        self._tls: ssl.SSLContext | None = None

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        """One request, never a second. Being cancelled is the only exception that leaves."""
        deadline = asyncio.get_running_loop().time() + self._request_timeout
        request = _head(url, headers, len(body)) + body
        try:
            await self._turn()
        except TimeoutError:
            return WireFailure(Answer.RETRY, "connect_timeout")
        try:
            return await self._ask(url, request, deadline)
        finally:
            self._free.release()

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    async def _turn(self) -> None:
        if self._free.locked():
            async with asyncio.timeout(self._connect_timeout):
                await self._free.acquire()
        else:
            await self._free.acquire()  # at once, and so without the cost of a timeout

    async def _ask(self, url: URL, request: bytes, deadline: float) -> Reply | WireFailure:
        idle = self._idle[url.scheme, url.raw_host, url.port]
        connection = self._reuse(idle)
        try:
            connection = connection or await self._connect(url)
        except OSError as error:  # TimeoutError is one
            return WireFailure(Answer.RETRY, _code(error, _BEFORE))
        if asyncio.get_running_loop().time() >= deadline:
            connection.close()
            return WireFailure(Answer.RETRY, "connect_timeout")
        try:
            reply = await connection.ask(request, deadline)
        except (Disconnected, CutShort, BadReply, OSError) as error:
            return WireFailure(Answer.UNKNOWN, _code(error, _AFTER))
        if connection.is_open:
            idle.append(connection)
        return reply

    def _reuse(self, idle: list[Connection]) -> Connection | None:
        """The connection that was used last, if it is fresh enough to be trusted."""
        oldest = asyncio.get_running_loop().time() - KEEP_ALIVE_SECONDS
        while idle:
            connection = idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connect(self, url: URL) -> Connection:
        if url.scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        async with asyncio.timeout(self._connect_timeout):
            return await connect(url, self._tls if url.scheme == "https" else None)


@asynccontextmanager
async def open_wire(
    *, connections: int, connect_timeout: float, request_timeout: float
) -> AsyncIterator[Wire]:
    """A wire for the running event loop.

    `request_timeout` bounds a request from waiting for a connection to the last byte of its answer;
    `connect_timeout` bounds the part of it in which no byte has left.
    """
    wire = Wire(
        connections=connections, connect_timeout=connect_timeout, request_timeout=request_timeout
    )
    try:
        yield wire
    finally:
        wire.close()


def _head(url: URL, headers: Mapping[str, str], length: int) -> bytes:
    """The request's head; ValueError where a header would begin another line."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if fields.count("\n") != len(headers) or fields.count("\r") != len(headers):
        raise ValueError("a line break in a header")
    return (
        f"POST {url.raw_path_qs} HTTP/1.1\r\nHost: {url.host_port_subcomponent}\r\n"
        f"{fields}Content-Length: {length}\r\n\r\n"
    ).encode("latin-1")


def _code(error: Exception, failures: Sequence[tuple[type[Exception], str]]) -> str:
    return next(code for kind, code in failures if isinstance(error, kind))
