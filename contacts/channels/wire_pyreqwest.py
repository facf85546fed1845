"""The wire on pyreqwest, a client in Rust: half the CPU of aiohttp where it has a wheel."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import lru_cache

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BodyDecodeError,
    DecodeError,
    PoolTimeoutError,
    RequestError,
    RequestTimeoutError,
)
from pyreqwest.http import Url
from pyreqwest.request import StreamRequest

from contacts.channels.outgoing import Answer
from contacts.channels.wire import (
    KEEP_ALIVE_SECONDS,
    LARGEST_ANSWER,
    LARGEST_LIST,
    Limits,
    Reply,
    WireFailure,
)

_WHILE_CONNECTING = "client error (Connect)"
"""hyper's word for a failure before a request was written.

Classes do not tell: an answer that never came is raised as ConnectTimeoutError, a connection that
broke under the request as ConnectError. Should the word ever change, every failure is one in doubt,
which is safe.
"""
_CODES = (
    ("Too many open files", "open_files"),
    ("dns error", "dns"),
    ("tcp connect error", "connect"),
    ("Connection reset", "reset"),
    ("Broken pipe", "reset"),
    ("closed before message completed", "disconnected"),
)


class PyreqwestWire:
    """A `wire.Wire` on one pyreqwest client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        request = self._client.post(_parsed(url)).headers(headers).body_bytes(body)
        return await _answer(request.build_streamed(), LARGEST_ANSWER)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        return await _answer(self._client.get(url).headers(headers).build_streamed(), LARGEST_LIST)

    async def delete(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        request = self._client.delete(url).headers(headers)
        return await _answer(request.build_streamed(), LARGEST_ANSWER)


@asynccontextmanager
async def open_pyreqwest(limits: Limits) -> AsyncIterator[PyreqwestWire]:
    getting_one = timedelta(seconds=limits.connect_timeout)
    builder = (
        ClientBuilder()
        .max_connections(limits.connections)
        .pool_timeout(getting_one)
        .connect_timeout(getting_one)
        .timeout(timedelta(seconds=limits.request_timeout))
        .pool_idle_timeout(timedelta(seconds=KEEP_ALIVE_SECONDS))
        .follow_redirects(False)
        .no_proxy()
        .referer(False)
    )
    for encoding in (builder.gzip, builder.brotli, builder.zstd, builder.deflate):
        encoding(False)
    async with builder.build() as client:
        yield PyreqwestWire(client)


async def _answer(request: StreamRequest, most: int) -> Reply | WireFailure:
    try:
        async with request as response:
            # Reading is a second trip to the client's thread; SendGrid's 202 has nothing to read.
            if response.get_header("content-length") == "0":
                return Reply(response.status, response.headers, b"")
            said = await response.body_reader.read(most)
            return Reply(response.status, response.headers, bytes(said or b""))
    except RequestError as error:
        return _failure(error)


@lru_cache(maxsize=16)
def _parsed(url: str) -> Url:
    return Url(url)


def _failure(error: RequestError) -> WireFailure:
    causes = [cause["message"] for cause in error.details["causes"] or ()]
    timed_out = isinstance(error, RequestTimeoutError)
    if isinstance(error, PoolTimeoutError):
        return WireFailure(Answer.RETRY, "connect_timeout")
    if _WHILE_CONNECTING in causes:
        return WireFailure(Answer.RETRY, "connect_timeout" if timed_out else _code(causes, "tls"))
    if timed_out:
        return WireFailure(Answer.UNKNOWN, "timeout")
    if isinstance(error, BodyDecodeError):
        return WireFailure(Answer.UNKNOWN, "cut_short")
    if isinstance(error, DecodeError):
        return WireFailure(Answer.UNKNOWN, "bad_answer")
    return WireFailure(Answer.UNKNOWN, _code(causes, "broken"))


def _code(causes: list[str], otherwise: str) -> str:
    """A word for the failure; only people read it."""
    said = " ".join(causes)
    return next((code for words, code in _CODES if words in said), otherwise)
