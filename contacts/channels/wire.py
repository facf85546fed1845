"""The one HTTP client: a pooled session that asks once, and says what a failure of the wire means.

Nothing behind it retries, follows a redirect or keeps a cookie. Two libraries can carry it:
pyreqwest where it is installed, for half the CPU, and aiohttp anywhere else.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from contacts.channels.outgoing import Answer, Receipt

# A provider that closes an idle connection as we write leaves us in doubt; so we close it first.
KEEP_ALIVE_SECONDS = 4.0
LARGEST_ANSWER = 64 * 1024
"""Bytes kept of an answer's body: no provider says more, and a broken proxy may."""
LARGEST_LIST = 1024 * 1024
"""The same where a list was asked for; one that is longer is cut, and so cannot be read."""


@dataclass(slots=True)
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

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply | WireFailure:
        """One request, never a second. Being cancelled is the only exception that leaves."""


class Asker(Protocol):
    """What a look-up needs of an HTTP client."""

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        """One question; `url` is encoded already. Raises as little as `Poster.post`."""


class Remover(Protocol):
    """What the erasure of a message needs of an HTTP client."""

    async def delete(self, url: str, headers: Mapping[str, str]) -> Reply | WireFailure:
        """One request, safe to repeat. Raises as little as `Poster.post`."""


class Wire(Poster, Asker, Remover, Protocol):
    """An HTTP client for all of them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a wire may take, in connections and seconds."""

    connections: int
    connect_timeout: float
    """For getting a connection, free or new: the part in which no byte has left."""
    request_timeout: float
    """For the whole of a request, to the last byte of its answer."""


@asynccontextmanager
async def open_wire(limits: Limits) -> AsyncIterator[Wire]:
    """A wire for the running event loop."""
    async with _opener()(limits) as wire:
        yield wire


def _opener() -> Callable[[Limits], AbstractAsyncContextManager[Wire]]:
    # Imported here, for only one of them is needed and each takes its time and memory.
    if find_spec("pyreqwest"):
        # Its allocator, mimalloc, reads this once. Huge pages take 7 MB more and save no time.
        os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
        from contacts.channels.wire_pyreqwest import open_pyreqwest

        return open_pyreqwest
    from contacts.channels.wire_aiohttp import open_aiohttp

    return open_aiohttp
