"""The one HTTP client: a pooled session that posts once, and says what a failure of the wire means.

Nothing here retries, follows a redirect or keeps a cookie. Another client can take its place by
offering the same `post`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from yarl import URL

from contacts.channels.outgoing import Answer, Receipt

# A provider that closes an idle connection as we write leaves us in doubt; so we close it first.
KEEP_ALIVE_SECONDS = 4.0
LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, headers under any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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


class Wire:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: URL, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        """One request, never a second. Being cancelled is the only exception that leaves."""
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                return Reply(response.status, response.headers, await _read(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failure(error)


@asynccontextmanager
async def open_wire(
    *, connections: int, connect_timeout: float, request_timeout: float
) -> AsyncIterator[Wire]:
    """A wire for the running event loop.

    `request_timeout` bounds a request from waiting for a connection to the last byte of its answer;
    `connect_timeout` bounds the part of it in which no byte has left.
    """
    connector = aiohttp.TCPConnector(
        limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS, ttl_dns_cache=60
    )
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(
            total=request_timeout, connect=connect_timeout, sock_connect=connect_timeout
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
    )
    async with session:
        yield Wire(session)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut at LARGEST_ANSWER: no provider says more, and a broken proxy may."""
    chunks = bytearray()
    async for chunk in response.content.iter_any():
        chunks += chunk
        if len(chunks) > LARGEST_ANSWER:
            response.close()
            break
    return bytes(chunks[:LARGEST_ANSWER])


def _failure(error: Exception) -> WireFailure:
    for kind, answer, code in _FAILURES:
        if isinstance(error, kind):
            return WireFailure(answer, code)
    raise error
