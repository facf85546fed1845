"""How often the public pages may be asked for; webhooks, and people on this machine, have no limit.

What is not behind a link, the board with its sign-in, is limited by where it is asked from alone:
many owners share its addresses. An opt-out is never lost to a limit. Mail providers send the
one-click POSTs of many customers from few addresses, so no POST is refused for where it comes from,
only for coming too often by one link, whose word is known by then. A link that is none of ours
costs one look at its signature.
"""

from collections.abc import Callable
from datetime import datetime
from math import ceil

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contacts.web.buckets import Buckets
from contacts.web.caller import caller
from contacts.web.local import is_local

UNLIMITED = ("/webhooks/", "/health", "/assets/")
_LINKS = ("/u/", "/p/", "/v/", "/c/", "/l/", "/calendar/")
_LONGEST_LINK = 100  # ours are shorter; the name of a bucket must not grow as a stranger likes
_NOT_OURS, _OUR_FAULT = 404, 500
Refusal = Callable[[Request, int], Response]


class Pace:
    """ASGI middleware: refuses with `refusal(request, seconds to wait)` what comes too often."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime], refusal: Refusal) -> None:
        self.app = app
        self._clock = clock
        self._refusal = refusal
        self._looks_from_an_address = Buckets(300, 0.2)
        self._misses_from_an_address = Buckets(20, 3)
        self._looks_by_a_link = Buckets(60, 1)
        self._presses_of_a_link = Buckets(20, 3)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope) if scope["type"] == "http" else None
        if request is None or scope["path"].startswith(UNLIMITED) or is_local(request):
            await self.app(scope, receive, send)
            return
        address = caller(request)
        if wait := self._wait(request, address):
            await self._refusal(request, ceil(wait))(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(request, address, message["status"])
            await send(message)

        await self.app(scope, receive, counting)

    def _wait(self, request: Request, address: str | None) -> float:
        now, link = self._now(), _link(request)
        if link and request.method == "POST":
            return self._presses_of_a_link.wait(link, now)
        if address and (
            wait := self._misses_from_an_address.wait(address, now)
            or self._looks_from_an_address.take(address, now)
        ):
            return wait
        return self._looks_by_a_link.take(link, now) if link else 0.0

    def _count(self, request: Request, address: str | None, status: int) -> None:
        """A press that failed by our own fault does not count: it has to come again."""
        link = _link(request)
        if link and request.method == "POST" and status < _OUR_FAULT:
            self._presses_of_a_link.take(link, self._now())
        if address and status == _NOT_OURS:
            self._misses_from_an_address.take(address, self._now())

    def _now(self) -> float:
        return self._clock().timestamp()


def _link(request: Request) -> str:
    """The link that is asked for; empty where it is none."""
    path = request.url.path
    return path[:_LONGEST_LINK] if path.startswith(_LINKS) else ""
