"""Faults of time: clocks that jump, customers who move, windows that close, days of outage."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine, select, update

from contacts.care.freshness import freshness
from contacts.channels.outbox import Outbox
from contacts.delivery.pausing.halt import Halt
from contacts.delivery.pausing.resume import go_on
from contacts.delivery.reports import SendReport
from contacts.delivery.send import send_due
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.tables import Attempt, Customer, Touch
from contacts.record.touches.queue import claim
from contacts.record.upkeep.health import Verdict, record_findings
from contacts.settings import Settings
from tests.cast import NOW, ada, bob
from tests.coming_back import a_pass
from tests.storm import crowd
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
DAILY = "".join(
    f"  - {{key: day-{day}, channel: {channel}, template: ping, day: {day}}}\n"
    for day, channel in enumerate(("email", "email", "sms", "email", "email", "email"))
)
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
PEOPLE = 60
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def attempts(engine: Engine) -> Counter[tuple[int, str, date]]:
    """How many attempts that may have arrived, by customer, channel and local day."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(Attempt.customer_id, Attempt.channel, Attempt.local_date).where(
                Attempt.state.in_(["sending", "accepted", "unknown"])
            )
        )
        return Counter((row.customer_id, row.channel, row.local_date) for row in rows)


# F47, F48: clocks.


async def test_f47_a_clock_that_jumps_a_day_ahead_halts_sending(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    crowd(engine, 3)
    await a_pass(small, NOW)
    ahead = await a_pass(small, NOW + DAY + MINUTE)
    assert isinstance(ahead, Halt)
    assert not isinstance(await a_pass(small, NOW + 2 * MINUTE), Halt)
    assert len(small.email.got) == 3


async def test_f47_whatever_the_clock_does_nobody_gets_two_messages_a_day(
    engine: Engine, settings: Settings
) -> None:
    """Without the guard: a day ahead, a day back, back and ahead again."""
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    crowd(engine, 3)
    for jump in (0, 1, 0, -1, 0, 1, 2, 1):
        await small.tick(NOW + jump * DAY)
    made = attempts(engine)
    assert set(made.values()) == {1}
    assert {day for _, _, day in made} == {NOW.date(), (NOW + DAY).date(), (NOW + 2 * DAY).date()}
    steps = [step for step, state, _ in small.touches() if state == "accepted"]
    assert Counter(steps) == {"day-0": 3, "day-1": 3, "day-2": 3}


async def test_f47_a_clock_set_back_in_mid_lease_gives_no_claim_away(
    engine: Engine, settings: Settings
) -> None:
    """Leases are on the database's clock; a worker's own says only what is due."""
    small = world(engine, settings, HELLO)
    crowd(engine, 2)
    small.plan(NOW)
    with writing(engine) as connection:
        assert len(claim(connection, now=NOW, limit=9, lease_seconds=60)) == 2
    for now in (NOW - HOUR, NOW, NOW + HOUR):
        assert (await small.send(now)).sent == 0


async def test_f48_workers_whose_clocks_are_ten_minutes_apart_send_once(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    crowd(engine, 3)
    for turn in range(3):
        for off in (10, -10, 0):
            await small.tick(NOW + turn * HOUR + off * MINUTE)
    assert len(small.email.got) == 3
    assert set(attempts(engine).values()) == {1}


# F50, F51: a customer moves, a window closes.


def moves(engine: Engine, settings: Settings, zone: str) -> None:
    file = settings.workspace / "moved.csv"
    file.write_text(f"email,timezone\nada@example.com,{zone}\n", encoding="utf-8")
    report = import_customers(engine, file, settings=settings, now=NOW)
    assert report.updated == 1


async def test_f50_who_moves_after_planning_gets_it_at_the_same_hour_there(
    engine: Engine, settings: Settings
) -> None:
    steps = HELLO + "  - {key: next, channel: email, template: ping, day: 1, at: '10:00'}\n"
    small = world(engine, settings, steps, window=EVERY_DAY)
    with writing(engine) as connection:
        ada(connection)
    await small.tick(NOW)
    small.plan(NOW + MINUTE)
    moves(engine, settings, "Pacific/Honolulu")
    due, zone, wall = _planned(engine)
    assert (due, zone) == (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), "Pacific/Honolulu")
    assert wall == "2026-11-21T10:00"
    await small.tick(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))  # ten in New York
    assert len(small.email.got) == 1
    await small.tick(due)
    await small.tick(due + HOUR)
    assert len(small.email.got) == 2


def _planned(engine: Engine) -> tuple[datetime, str, str]:
    with reading(engine) as connection:
        row = connection.execute(
            select(Touch.due_at, Touch.zone, Touch.wall_time).where(Touch.state == "planned")
        ).one()
        return row.due_at, row.zone, row.wall_time


async def test_f50_nobody_gets_two_on_one_local_date_by_moving(
    engine: Engine, settings: Settings
) -> None:
    """A day in Kiritimati is over before it begins in Honolulu."""
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    with writing(engine) as connection:
        ada(connection, timezone="Pacific/Kiritimati")
    zones = ("Pacific/Honolulu", "Pacific/Kiritimati", "America/New_York", "Asia/Tokyo")
    for turn in range(10):
        await small.tick(NOW + turn * 6 * HOUR)
        moves(engine, settings, zones[turn % 4])
    assert set(attempts(engine).values()) == {1}


async def test_f50_a_cadence_on_the_business_s_clock_moves_nobody(
    engine: Engine, settings: Settings
) -> None:
    steps = HELLO + "  - {key: next, channel: email, template: ping, day: 3}\n"
    small = world(engine, settings, steps, timezone="America/New_York")
    with writing(engine) as connection:
        ada(connection)
    await small.tick(NOW)
    small.plan(NOW + MINUTE)
    before = _planned(engine)
    moves(engine, settings, "Asia/Tokyo")
    assert _planned(engine) == before


async def test_f51_a_window_that_closes_after_the_claim_puts_it_back(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, window=EVERY_DAY)
    crowd(engine, 2)
    small.plan(NOW)
    report = await slow_send(small, NOW, after_claim=9 * HOUR)
    assert (report.sent, report.of("sample").deferred["window"]) == (0, 2)
    assert (await small.send(NOW + 20 * HOUR)).sent == 0
    tomorrow = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)  # nine in New York
    assert (await small.send(tomorrow)).sent == 2


async def slow_send(small: World, now: datetime, *, after_claim: timedelta) -> SendReport:
    """A pass that takes so long between its claim and its gate."""
    ticks = iter([0.0, 0.0, 0.0])

    def monotonic() -> float:
        return next(ticks, after_claim.total_seconds())

    return await send_due(
        small.engine,
        Outbox(email=small.email, sms=small.sms, live=frozenset()),
        settings=small.settings,
        templates=small.templates,
        now=now,
        monotonic=monotonic,
    )


# F52: three days of outage.


async def test_f52_after_three_days_of_outage_only_the_newest_step_leaves_and_slowly(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    crowd(engine, PEOPLE)
    await a_pass(small, NOW)
    assert len(small.email.got) == PEOPLE
    back = NOW + 3 * DAY + HOUR
    halt = await a_pass(small, back)
    assert isinstance(halt, Halt)
    go_on(engine, settings, halt.why, now=back)
    assert await _by_minute(small, back, 7) == [10] * 6 + [0]
    for hour in range(1, 23, 3):
        await a_pass(small, back + hour * HOUR)
    _at_most_one_a_day(small, since=back, until=back + DAY)
    states = Counter(small.touches())
    assert states["day-1", "skipped", "superseded"] == PEOPLE
    assert states["day-2", "skipped", "superseded"] == PEOPLE
    assert states["day-3", "accepted", None] == PEOPLE


async def _by_minute(small: World, begin: datetime, minutes: int) -> list[int]:
    sent = []
    for minute in range(minutes):
        report = await a_pass(small, begin + minute * MINUTE)
        assert isinstance(report, SendReport)
        sent.append(report.sent)
    return sent


def _at_most_one_a_day(small: World, *, since: datetime, until: datetime) -> None:
    with reading(small.engine) as connection:
        rows = connection.execute(
            select(Attempt.customer_id, Attempt.channel, Attempt.local_date).where(
                Attempt.started_at >= since, Attempt.started_at < until
            )
        )
        days = Counter(tuple(row) for row in rows)
    assert set(days.values()) == {1}


async def test_f52_the_planner_alone_makes_room_for_the_newest_step(
    engine: Engine, settings: Settings
) -> None:
    """Nothing need be claimed, at the pace of a backlog, to be found too late."""
    small = world(engine, settings, DAILY, window=EVERY_DAY)
    crowd(engine, 2)
    await small.tick(NOW)
    small.plan(NOW + MINUTE)
    report = small.plan(NOW + 3 * DAY + HOUR)
    assert report.of("sample").skipped == {"superseded": 4}
    assert Counter(small.touches())["day-3", "planned", None] == 2


async def test_f52_relative_steps_shift_instead_of_bunching(
    engine: Engine, settings: Settings
) -> None:
    steps = HELLO + "".join(
        f"  - {{key: after-{number}, channel: email, template: ping, after: 1d}}\n"
        for number in (1, 2)
    )
    small = world(engine, settings, steps, window=EVERY_DAY)
    crowd(engine, 3)
    await small.tick(NOW)
    small.plan(NOW + MINUTE)
    back = NOW + 2 * DAY + HOUR
    await small.tick(back)  # due a day ago, and fresh
    assert len(small.email.got) == 6
    for hour in range(1, 16, 3):
        await small.tick(back + hour * HOUR)
    assert len(small.email.got) == 6
    await small.tick(back + DAY)
    assert len(small.email.got) == 9


async def test_f52_a_step_that_cannot_reach_them_takes_nobody_s_place(
    engine: Engine, settings: Settings
) -> None:
    steps = HELLO + (
        "  - {key: mail, channel: email, template: ping, day: 1}\n"
        "  - {key: text, channel: sms, template: ping, day: 2}\n"
    )
    small = world(engine, settings, steps, window=EVERY_DAY)
    with writing(engine) as connection:
        bob(connection, joined_on=NOW.date())  # never agreed to SMS
    await small.tick(NOW)
    await small.tick(NOW + 2 * DAY)
    assert [step for step, state, _ in small.touches() if state == "accepted"] == ["hello", "mail"]


# F62: a zone that this machine does not know.


async def test_f62_a_zone_that_is_missing_holds_up_nobody_else_and_is_told(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    crowd(engine, 3)
    with writing(engine) as connection:
        lost = ada(connection)
    small.plan(NOW)
    with writing(engine) as connection:
        gone = update(Customer).where(Customer.id == lost).values(timezone="Mars/Olympus")
        connection.execute(gone)
    report = await small.tick(NOW)
    assert report.sent == 3
    (found,) = (one for one in record_findings(engine, now=NOW) if one.check == "zones")
    assert (found.verdict, "Mars/Olympus (1)" in found.said) == (Verdict.WARN, True)
    with reading(engine) as connection:
        late = freshness(connection, now=NOW + 90 * DAY, settings=settings, limit=9)
    assert lost in {one.customer_id for one in late.uncovered}
