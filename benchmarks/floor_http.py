"""The floor's HTTP client: POST over kept-alive connections, written for this one request."""

import asyncio
import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"\r\nx-message-id: *([^\r]+)", re.IGNORECASE)


@dataclass(slots=True)
class Reply:
    status: int
    message_id: str
    body: bytes


class Client:
    """As many connections as asked for, each with one request at a time."""

    def __init__(self, url: str, *, authorization: str, kind: str, connections: int) -> None:
        """`kind` is the content type of what is posted."""
        place = urlsplit(url)
        self._host, self._port = place.hostname or "127.0.0.1", place.port or 80
        self._count = connections
        self._free: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
        self._head = (
            f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: {authorization}\r\nContent-Type: {kind}\r\n"
            "Content-Length: "
        ).encode("ascii")

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self._count):
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
            self._free.put_nowait(connection)

    async def post(self, body: bytes) -> Reply:
        connection = await self._free.get()
        try:
            return await connection.ask(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        finally:
            self._free.put_nowait(connection)

    def close(self) -> None:
        while not self._free.empty():
            self._free.get_nowait().close()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own class

    def ask(self, request: bytes) -> "asyncio.Future[Reply]":
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._received = b""
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return
        message_id = _MESSAGE_ID.search(head)
        self._answer.set_result(
            Reply(int(head[9:12]), message_id[1].decode("ascii") if message_id else "", body)
        )

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the stand-in"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
