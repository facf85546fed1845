"""Faults on demand: what goes wrong with the next requests, and how it looks to the client."""

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from aiohttp import web

PROVIDERS = ("sendgrid", "twilio")
REFUSALS = {
    "400": 400,
    "401": 401,
    "403": 403,
    "404": 404,
    "413": 413,
    "429": 429,
    "500": 500,
    "503": 503,
}
KINDS = (
    *REFUSALS,  # answered so, and not accepted
    "500_after",  # accepted, then answered 500
    "timeout",  # never answered, not accepted
    "late",  # accepted and answered after `seconds`
    "reset",  # connection reset, not accepted
    "reset_after",  # accepted, then reset
    "html_200",  # a proxy's page, not accepted
    "html_202",  # accepted, answered with a page
    "redirect",  # a proxy's login, not accepted
    "drip",  # accepted, answered one byte a second
    "lag",  # of a list: what was accepted in the last `seconds` is not on it yet
)
ENDPOINTS = ("send", "list", "erase")
_ACCEPTED = ("late", "500_after", "reset_after", "html_202", "drip")
_SECONDS = {"timeout": 60.0, "late": 30.0, "drip": 60.0, "429": 5.0, "lag": 60.0}
_PAGE = "<!doctype html><title>Sign in</title><p>This network asks you to sign in.</p>"

Accept = Callable[[], Awaitable[web.Response]]
Refuse = Callable[[int, float], web.Response]
"""An error of this status, after which a client should wait so many seconds."""
Listing = Callable[[float], web.Response]
"""A list of what is older than so many seconds."""


@dataclass(slots=True)
class Fault:
    provider: Literal["sendgrid", "twilio", "any"]
    kind: str
    count: int | None = None  # how many more requests it hits; None: until it is deleted
    rate: float = 1.0  # the share of requests it hits
    seconds: float = 0.0
    endpoint: Literal["send", "list", "erase"] = "send"


class Faults:
    def __init__(self, chance: random.Random) -> None:
        self._faults: list[Fault] = []
        self._chance = chance

    def add(self, wish: dict[str, Any]) -> None:
        """Raise ValueError with a plain message if `wish` is no fault."""
        self._faults.append(_read(wish))

    def clear(self) -> None:
        self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, provider: str, endpoint: str = "send") -> Fault | None:
        """The fault that hits this request, used up by it; None for a sound one."""
        for fault in self._faults:
            if fault.provider not in (provider, "any") or fault.endpoint != endpoint:
                continue
            if self._chance.random() >= fault.rate:
                continue
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    async def answer(
        self,
        provider: str,
        request: web.Request,
        *,
        accept: Accept,
        refuse: Refuse,
        endpoint: str = "send",
    ) -> web.StreamResponse:
        """Answer a message as `accept` does, or as the fault says that hits it."""
        fault = self.take(provider, endpoint)
        if fault is None:
            return await accept()
        return await _play(fault, request, accept=accept, refuse=refuse)

    async def answer_list(
        self, provider: str, request: web.Request, *, listing: Listing, refuse: Refuse
    ) -> web.StreamResponse:
        """The same for the question for a list."""
        fault = self.take(provider, "list")
        if fault is None:
            return listing(0.0)
        if fault.kind == "lag":
            return listing(fault.seconds)

        async def whole() -> web.Response:
            return listing(0.0)

        return await _play(fault, request, accept=whole, refuse=refuse)


async def _play(
    fault: Fault, request: web.Request, *, accept: Accept, refuse: Refuse
) -> web.StreamResponse:
    """Answer `request` as the fault says; `accept` handles it soundly, `refuse` makes an error."""
    await request.read()  # now: a client that gives up would take what is unread with it
    kind = fault.kind
    if kind in REFUSALS:
        answer = refuse(REFUSALS[kind], fault.seconds)
        if kind == "429":
            answer.headers["Retry-After"] = str(int(fault.seconds))
        return answer
    if kind in ("timeout", "late"):
        await asyncio.sleep(fault.seconds)
    if kind in _ACCEPTED:
        answer = await accept()
    if kind == "late":
        return answer
    if kind == "500_after":
        return refuse(500, fault.seconds)
    if kind == "drip":
        await _drip(request, fault.seconds)
    if kind in ("timeout", "reset", "reset_after", "drip"):
        return _reset(request)
    if kind == "redirect":
        return web.Response(status=302, headers={"Location": "/login"})
    status = 202 if kind == "html_202" else 200
    return web.Response(status=status, text=_PAGE, content_type="text/html")


def _reset(request: web.Request) -> web.Response:
    """Close so that the peer sees a reset; the answer returned reaches nobody."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()


async def _drip(request: web.Request, seconds: float) -> None:
    """A byte a second of an answer whose headers never end."""
    answer = b"HTTP/1.1 202 Accepted\r\nX-Drip: ".ljust(int(seconds), b".")
    for position in range(int(seconds)):
        if request.transport is None or request.transport.is_closing():
            return
        request.transport.write(answer[position : position + 1])
        await asyncio.sleep(1)


def _read(wish: dict[str, Any]) -> Fault:
    provider, kind = wish.get("provider", "any"), str(wish.get("kind"))
    endpoint = wish.get("endpoint", "send")
    if provider not in (*PROVIDERS, "any"):
        raise ValueError("provider must be sendgrid, twilio or any")
    if endpoint not in ENDPOINTS:
        raise ValueError("endpoint must be send, list or erase")
    if (kind == "lag" and endpoint != "list") or (kind.endswith("_after") and endpoint == "list"):
        raise ValueError(f"{kind} is no fault of endpoint {endpoint}")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    count, rate = wish.get("count"), wish.get("rate", 1.0)
    seconds = wish.get("seconds", _SECONDS.get(kind, 0.0))
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError("count must be a whole number from 1")
    if not isinstance(rate, int | float) or not 0 < rate <= 1:
        raise ValueError("rate must be above 0 and at most 1")
    if not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError("seconds must be a number from 0")
    return Fault(provider, kind, count, float(rate), float(seconds), endpoint)
