"""The wire on aiohttp, which the Twilio SDK brings along: runs wherever Python does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from errno import EMFILE

import aiohttp
from yarl import URL

from contacts.channels.outgoing import Answer
from contacts.channels.wire import (
    KEEP_ALIVE_SECONDS,
    LARGEST_ANSWER,
    LARGEST_LIST,
    Limits,
    Reply,
    WireFailure,
)

# The first class that fits counts: the classes of failed connecting are OSErrors too.
_FAILURES: tuple[tuple[type[Exception], Answer, str], ...] = (
    (aiohttp.ClientConnectorDNSError, Answer.RETRY, "dns"),
    (aiohttp.ClientConnectorCertificateError, Answer.RETRY, "tls"),
    (aiohttp.ClientSSLError, Answer.RETRY, "tls"),
    (aiohttp.ClientConnectorError, Answer.RETRY, "connect"),
    (aiohttp.ConnectionTimeoutError, Answer.RETRY, "connect_timeout"),
    (TimeoutError, Answer.UNKNOWN, "timeout"),
    (aiohttp.ServerDisconnectedError, Answer.UNKNOWN, "disconnected"),
    (aiohttp.ClientPayloadError, Answer.UNKNOWN, "cut_short"),
    (OSError, Answer.UNKNOWN, "reset"),
    (aiohttp.ClientError, Answer.UNKNOWN, "bad_answer"),
)


class AiohttpWire:
    """A `wire.Wire` on one aiohttp session."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        try:
            async with self._session.post(
                URL(url), data=body, headers=headers, allow_redirects=False
            ) as response:
                said = await _read(response, LARGEST_ANSWER)
                return Reply(response.status, response.headers, said)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failure(error)

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        try:
            async with self._session.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as response:
                said = await _read(response, LARGEST_LIST)
                return Reply(response.status, response.headers, said)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failure(error)

    async def delete(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        try:
            async with self._session.delete(
                URL(url), headers=headers, allow_redirects=False
            ) as response:
                said = await _read(response, LARGEST_ANSWER)
                return Reply(response.status, response.headers, said)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failure(error)


@asynccontextmanager
async def open_aiohttp(limits: Limits) -> AsyncIterator[AiohttpWire]:
    connector = aiohttp.TCPConnector(
        limit=limits.connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ttl_dns_cache=60
    )
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(
            total=limits.request_timeout,
            connect=limits.connect_timeout,
            sock_connect=limits.connect_timeout,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
    )
    async with session:
        yield AiohttpWire(session)


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    chunks = bytearray()
    async for chunk in response.content.iter_any():
        chunks += chunk
        if len(chunks) > most:
            response.close()
            break
    return bytes(chunks[:most])


def _failure(error: Exception) -> WireFailure:
    for kind, answer, code in _FAILURES:
        if isinstance(error, kind):
            full = answer is Answer.RETRY and getattr(error, "errno", None) == EMFILE
            return WireFailure(answer, "open_files" if full else code)
    raise error
