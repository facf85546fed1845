"""One pass leaves every active customer in hand, whatever ended in it."""

from datetime import timedelta

from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.care.freshness import freshness
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import SendReport
from contacts.delivery.tick import Tick
from contacts.record.engine import reading, writing
from contacts.settings import Settings
from tests.cast import NOW, ada, bob
from tests.world import World, loaded, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}"
OVER = NOW + timedelta(minutes=1)
"""When sending was over."""
LATER = "  - {key: hello, channel: email, template: hello, day: 7}"
TWO = f"{HELLO}\n  - {{key: next, channel: email, template: hello, day: 3}}"


def idle() -> LoadedCadence:
    return loaded(LATER, name="nurture", start="{on: customer.idle}")


def in_hand(engine: Engine, settings: Settings) -> tuple[int, int]:
    with reading(engine) as connection:
        found = freshness(connection, now=OVER, settings=settings)
    return found.covered, found.active


async def one_sent(
    engine: Engine, settings: Settings, steps: str
) -> tuple[World, SendReport, Tick]:
    """A world in which ada got the first of these steps, and the pass that sent it."""
    small = world(engine, settings, steps)
    with writing(engine) as connection:
        ada(connection)
    return small, await small.tick(NOW), Tick(engine, settings, NOW)


def test_whose_cadence_ends_as_soon_as_it_begins_is_taken_in_by_the_idle_one(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, stop='{goal: "orders.count >= 0"}')
    with writing(engine) as connection:
        ada(connection)
        bob(connection)
    report = plan(engine, [small.cadence, idle()], settings=settings, now=NOW)
    assert in_hand(engine, settings) == (2, 2)
    assert report.of("sample").stopped + report.of("sample").finished == 2
    assert report.of("nurture").enrolled == 2


async def test_what_was_sent_is_followed_by_the_next_step(
    engine: Engine, settings: Settings
) -> None:
    small, sent, one = await one_sent(engine, settings, TWO)
    assert in_hand(engine, settings) == (0, 1)
    one.plan_on([small.cadence], sent, some_held=False, now=OVER)
    assert in_hand(engine, settings) == (1, 1)


async def test_whoevers_last_step_was_sent_is_taken_in_by_the_idle_cadence(
    engine: Engine, settings: Settings
) -> None:
    small, sent, one = await one_sent(engine, settings, HELLO)
    paused = frozenset({"nurture"})
    left = one.plan_on([small.cadence, idle()], sent, some_held=False, paused=paused, now=OVER)
    assert left.of("sample").finished == 1
    assert in_hand(engine, settings) == (0, 1)  # paused is paused
    one.plan_on([small.cadence, idle()], sent, some_held=False, now=OVER)
    assert in_hand(engine, settings) == (0, 1)  # nothing ended in this one
    plan(engine, [small.cadence, idle()], settings=settings, now=OVER)
    assert in_hand(engine, settings) == (1, 1)


async def test_the_idle_cadence_takes_over_in_the_same_pass(
    engine: Engine, settings: Settings
) -> None:
    small, sent, one = await one_sent(engine, settings, HELLO)
    one.plan_on([small.cadence, idle()], sent, some_held=False, now=OVER)
    assert in_hand(engine, settings) == (1, 1)


def test_where_nothing_was_due_nothing_is_asked(engine: Engine, settings: Settings) -> None:
    engine.dispose()
    one = Tick(engine, settings, NOW)
    report = one.plan_on([idle()], SendReport(), some_held=False, now=OVER)
    assert report.cadences == {}
    assert engine.pool.checkedin() == 0  # type: ignore[attr-defined]  # nobody connected
