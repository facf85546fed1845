"""How often the public pages may be asked for, on an app that answers as it is told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from contacts.web.buckets import Buckets
from contacts.web.caller import caller
from contacts.web.pace import Pace
from tests.cast import NOW

STRANGER, OTHER = "192.0.2.7", "192.0.2.8"


@dataclass
class World:
    """The limits around an app that has one good link; a clock that stands until it is moved."""

    now: datetime = NOW
    status: int = 200
    reached: int = 0
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(self._app, clock=lambda: self.now, refusal=_refusal)

    async def ask(
        self, path: str = "/u/good", *, method: str = "GET", by: str | None = STRANGER
    ) -> int:
        """The status of an answer; 429 comes from the limits."""
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.pace(_scope(path, method, by), _nothing, send)
        return int(sent[0]["status"])

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        status = self.status if scope["path"] != "/u/bad" else 404
        await Response(status_code=status)(scope, receive, send)


async def refused(world: World, times: int, path: str = "/u/good", **how: Any) -> int:
    """How many of so many requests at once are refused."""
    return sum([await world.ask(path, **how) == 429 for _ in range(times)])


async def test_s19_looking_by_one_link_has_an_end_and_begins_again() -> None:
    world = World()
    assert await refused(world, 60, by=None) == 0
    assert await refused(world, 3, by=None) == 3
    assert await world.ask("/u/another", by=None) == 200
    world.now += timedelta(seconds=1)
    assert await refused(world, 2, by=None) == 1


async def test_s19_looking_from_one_address_has_an_end() -> None:
    world = World()
    for number in range(300):
        assert await world.ask(f"/u/{number}") == 200
    assert await world.ask("/u/one-more") == 429
    assert world.reached == 300
    assert await world.ask("/u/one-more", by=OTHER) == 200


async def test_s19_bad_links_from_one_address_have_an_end() -> None:
    world = World()
    assert await refused(world, 20, "/u/bad") == 0
    assert (await world.ask("/u/bad"), await world.ask()) == (429, 429)
    assert await world.ask("/u/bad", by=OTHER) == 404
    world.now += timedelta(seconds=3)
    assert await world.ask() == 200


async def test_s19_c06_no_press_is_refused_for_the_address_it_comes_from() -> None:
    world = World()
    assert await refused(world, 400, "/u/bad") == 380
    for number in range(1_000):
        assert await world.ask(f"/u/{number}", method="POST") == 200


async def test_s19_pressing_one_link_has_an_end_unless_the_fault_is_ours() -> None:
    world = World(status=503)
    assert await refused(world, 50, method="POST") == 0
    world.status = 200
    assert await refused(world, 20, method="POST") == 0
    assert await refused(world, 2, method="POST", by=OTHER) == 2
    world.now += timedelta(seconds=3)
    assert await world.ask(method="POST") == 200


@pytest.mark.parametrize("path", ["/webhooks/sendgrid/events", "/health"])
async def test_s19_a_webhook_has_no_limit(path: str) -> None:
    world = World()
    assert await refused(world, 500, path, method="POST") == 0
    assert await refused(world, 500, path) == 0


async def test_s19_made_up_links_and_addresses_fill_no_memory() -> None:
    buckets = Buckets(2, 1, most=100)
    for number in range(1_000):
        assert buckets.take(str(number), 0.0) == 0
    assert len(buckets) == 100
    assert buckets.take("999", 0.0) == 0
    assert buckets.take("999", 0.0) == 1  # the newest are remembered


def test_a_bucket_fills_up_to_its_rim_and_a_clock_that_runs_back_empties_none() -> None:
    buckets = Buckets(2, 10)
    assert [buckets.take("a", 0.0) for _ in range(3)] == [0, 0, 10]
    assert buckets.take("a", 4.0) == 6
    assert buckets.take("a", -50.0) == 10
    assert [buckets.take("a", 1_000.0) for _ in range(3)] == [0, 0, 10]


@pytest.mark.parametrize(
    ("peer", "passed_on", "counted"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["::ffff:192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", [], None),
        ("127.0.0.1", ["somebody"], None),
        ("127.0.0.1", [""], None),
        ("198.51.100.9", ["192.0.2.7"], "198.51.100.9"),
        ("2001:db8::9", ["192.0.2.7"], "2001:db8::/64"),
        (None, ["192.0.2.7"], None),
    ],
)
def test_s19_the_address_is_what_our_own_proxy_says_last(
    peer: str | None, passed_on: list[str], counted: str | None
) -> None:
    scope = _scope("/u/good", "GET", None) | {"client": (peer, 4711) if peer else None}
    scope["headers"] += [(b"x-forwarded-for", value.encode()) for value in passed_on]
    assert caller(Request(scope)) == counted


def _scope(path: str, method: str, by: str | None) -> dict[str, Any]:
    headers = [(b"host", b"touch.example.com")]
    if by:
        headers.append((b"x-forwarded-for", by.encode()))
    return {
        "type": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "method": method,
        "headers": headers,
        "client": ("127.0.0.1", 4711),
    }


def _refusal(_request: Request, _seconds: int) -> Response:
    return Response(status_code=429)


async def _nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}
