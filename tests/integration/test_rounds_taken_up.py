"""A wish that ends early: what goes round goes on as its file says, not at the end once planned."""

from datetime import date, timedelta

from sqlalchemy import Engine, select

from contacts.cadences.wishes import Wishes
from contacts.record.consent.choices import keep_wishes
from contacts.record.engine import reading, writing
from contacts.record.tables import Customer, Enrolment, Touch
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.world import World, world

OFFER = "  - {key: offer, channel: email, template: offer, day: 0}\n"
LATER = "  - {key: later, channel: email, template: offer, day: 5}\n"
DAY, MONTH = timedelta(days=1), date(2026, 12, 20)
PAUSED, EVENINGS_TOO = Wishes(paused_until=MONTH), Wishes(paused_until=MONTH, best_time="evening")


def news(engine: Engine, settings: Settings, steps: str) -> World:
    with writing(engine) as connection:
        ada(connection)
    every_day = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
    return world(engine, settings, steps, purpose="marketing", repeat="10d", window=every_day)


async def wishing(small: World, wishes: Wishes, day: int) -> None:
    """Ada chooses that, and the next pass looks at it."""
    with writing(small.engine) as connection:
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        keep_wishes(connection, ada_id, wishes, now=NOW + day * DAY)
    await small.tick(NOW + day * DAY)


def begins(engine: Engine) -> date:
    with reading(engine) as connection:
        return connection.execute(select(Enrolment.started_on)).scalar_one()


async def test_a_pause_that_ends_early_lets_begin_what_had_made_nothing_yet(
    engine: Engine, settings: Settings
) -> None:
    small = news(engine, settings, OFFER)
    await wishing(small, PAUSED, 0)
    await wishing(small, EVENINGS_TOO, 1)  # paused still
    assert (begins(engine), small.email.got) == (MONTH, [])
    await wishing(small, Wishes(), 2)
    assert len(small.email.got) == 1


async def test_a_pause_that_ends_early_leaves_between_two_rounds_what_the_file_says(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = news(sqlite_engine, settings, OFFER + LATER)
    for day in (0, 1):
        await small.tick(NOW + day * DAY)
    await wishing(small, PAUSED, 5)
    await small.tick(NOW + 6 * DAY)
    assert begins(sqlite_engine) == MONTH
    await wishing(small, Wishes(), 8)
    with reading(sqlite_engine) as connection:
        planned = connection.execute(select(Touch.occurrence).order_by(Touch.id)).scalars().all()
    assert planned[-1] == "2026-11-30/2"
    assert len(small.email.got) == 1
    await small.tick(NOW + 10 * DAY)
    assert small.touches() == [
        ("offer", "accepted", None),
        ("later", "skipped", "customer_paused"),
        ("offer", "accepted", None),
    ]


async def test_a_round_that_a_pause_broke_off_goes_on_where_it_was(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = news(sqlite_engine, settings, OFFER + LATER)
    await small.tick(NOW)
    await wishing(small, PAUSED, 0)
    assert begins(sqlite_engine) == MONTH
    await wishing(small, Wishes(), 2)
    assert len(small.email.got) == 1
    await small.tick(NOW + 5 * DAY)
    assert [(step, state) for step, state, _ in small.touches()] == [
        ("offer", "accepted"), ("later", "accepted"),
    ]  # fmt: skip
