"""Faults of the calendar: hours that are skipped or come twice, odd zones, a missing day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Touch
from contacts.settings import Settings
from tests.cast import customer
from tests.world import World, world

EVERY_DAY = "days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore"
ANY_HOUR = f"{{start: '00:00', end: '23:59', {EVERY_DAY}}}"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Zone, the local time that the cadence asks for, the one instant that it means, whether it was
# moved past a gap.
WALL_TIMES = {
    "an hour that is skipped": ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:30", True),
    "an hour that comes twice": ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30", False),
    "half an hour skipped": ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", True),
    "half an hour twice": ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45", False),
    "three quarters of an hour": ("Asia/Kathmandu", "2026-11-21T10:00", "2026-11-21T04:15", False),
    "midnight that is skipped": ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00", True),
    "the last hour of a day twice": ("Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30", False),
}


@pytest.mark.parametrize("name", WALL_TIMES)
async def test_f49_at_a_turn_of_the_clocks_it_is_sent_once_at_the_stated_instant(
    engine: Engine, settings: Settings, name: str
) -> None:
    zone, wall_time, instant, moved = WALL_TIMES[name]
    due = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    small = _step_of_the_next_day(engine, settings, wall_time[-5:])
    await _begins(small, zone, datetime.fromisoformat(wall_time).date() - DAY, due)
    assert _planned(engine) == (due, zone, wall_time, moved)
    await small.tick(due - MINUTE)
    assert len(small.email.got) == 1
    for later in (0 * HOUR, HOUR / 2, HOUR, 2 * HOUR, DAY):
        await small.tick(due + later)
    assert [step for step, *_ in small.touches()] == ["hello", "next"]
    assert len(small.email.got) == 2


async def test_f49_a_day_that_a_zone_skipped_gets_its_message_on_the_next_and_nobody_gets_two(
    engine: Engine, settings: Settings
) -> None:
    """Samoa had no 30 December 2011: its clocks went from the 29th, ten behind, to the 31st."""
    daily = "".join(
        f"  - {{key: day-{day}, channel: email, template: ping, day: {day}, at: '12:00'}}\n"
        for day in range(4)
    )
    small = world(engine, settings, daily, window=ANY_HOUR)
    started = datetime(2011, 12, 29, 19, 0, tzinfo=UTC)  # nine in the morning of the 29th
    with writing(engine) as connection:
        customer(
            connection,
            email="ada@example.com",
            timezone="Pacific/Apia",
            joined_on=date(2011, 12, 29),
            created_at=started,
        )
    for hour in range(0, 5 * 24, 3):
        await small.tick(started + hour * HOUR)
    assert _sent_on(engine) == [
        ("day-0", date(2011, 12, 29)),
        ("day-1", date(2011, 12, 31)),
        ("day-2", date(2012, 1, 1)),
        ("day-3", date(2012, 1, 2)),
    ]


def _step_of_the_next_day(engine: Engine, settings: Settings, at: str) -> World:
    steps = (
        "  - {key: hello, channel: email, template: hello, day: 0}\n"
        f"  - {{key: next, channel: email, template: ping, day: 1, at: '{at}'}}\n"
    )
    return world(engine, settings, steps, window=ANY_HOUR)


async def _begins(small: World, zone: str, joined_on: date, due: datetime) -> None:
    """A customer gets the first message in the day before, and the next one is planned."""
    began = due - DAY
    with writing(small.engine) as connection:
        customer(
            connection,
            email="ada@example.com",
            first_name="Ada",
            timezone=zone,
            joined_on=joined_on,
            created_at=began,
        )
    await small.tick(began)
    small.plan(began + MINUTE)


def _planned(engine: Engine) -> tuple[datetime, str, str, bool]:
    with reading(engine) as connection:
        row = connection.execute(select(Touch).where(Touch.state == "planned")).one()
        return row.due_at, row.zone, row.wall_time, row.dst_adjusted


def _sent_on(engine: Engine) -> list[tuple[str, date]]:
    """The step and the customer's own day of every accepted attempt, in order."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Touch.step_key, Attempt.local_date)
            .join(Touch, Touch.id == Attempt.touch_id)
            .where(Attempt.state == "accepted")
            .order_by(Attempt.started_at)
        )
        return [(row.step_key, row.local_date) for row in rows]
