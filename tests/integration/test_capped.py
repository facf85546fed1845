"""Caps, priorities and collisions from plan to gate: what waits says why, and until when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError

from contacts.caps import Caps, ChannelCaps
from contacts.delivery.drafts import Desk
from contacts.delivery.gate import gate
from contacts.delivery.own_words.room_now import NoRoom, no_room
from contacts.delivery.pausing.forecast import forecast
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import PlanReport, SendReport
from contacts.delivery.transactions import Transactions
from contacts.record.clock import DatabaseNow
from contacts.record.customers.facts import load_facts
from contacts.record.engine import reading, writing
from contacts.record.locks import hold_messages
from contacts.record.sending.channels import close_channel, hold_marketing
from contacts.record.tables import Queued, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.settings import Settings
from tests.cast import NOW, ada, agrees, customer
from tests.sent import sent
from tests.world import World, loaded, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
OFFER = "  - {key: offer, channel: email, template: offer, day: 0}\n"
PING = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
LATER = "  - {key: later, channel: email, template: hello, day: 3}\n"
DAY = timedelta(days=1)
A_QUARTER = timedelta(minutes=15)
AT_TWO = NOW + timedelta(hours=4)  # in New York
FROM_TWO = '{start: "14:00", end: "17:00"}'
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 9:00 in New York
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun]}"


def capped(settings: Settings, **caps: Any) -> Settings:
    return settings.model_copy(update={"caps": Caps(**caps)})


def plan_both(small: World, *others: Any, now: datetime = NOW) -> PlanReport:
    return plan(small.engine, [small.cadence, *others], settings=small.settings, now=now)


def with_ada(small: World) -> None:
    """Ada is there, and planned for."""
    with writing(small.engine) as connection:
        ada(connection)
    small.plan(NOW)


def queue(engine: Engine) -> dict[str, datetime]:
    """When the touch of each cadence is ready."""
    query = select(Touch.cadence, Queued.ready_at).join(Queued, Queued.touch_id == Touch.id)
    with reading(engine) as connection:
        return {row.cadence: row.ready_at for row in connection.execute(query)}


def ready_at_once(engine: Engine, cadence: str, at: datetime = NOW) -> None:
    touch = select(Touch.id).where(Touch.cadence == cadence).scalar_subquery()
    with writing(engine) as connection:
        connection.execute(update(Queued).where(Queued.touch_id == touch).values(ready_at=at))


async def test_what_is_over_a_weeks_cap_waits_for_room_and_says_so(
    engine: Engine, settings: Settings
) -> None:
    """An SMS six days ago, a mail of yesterday: on Saturday there is room for a third."""
    small = world(engine, capped(settings, week=2), HELLO, window=EVERY_DAY)
    with writing(engine) as connection:
        who = ada(connection)
        sent(connection, who, channel="sms", at=NOW - 6 * DAY)
        sent(connection, who, step="tips", at=NOW - DAY)
    small.plan(NOW)
    report = await small.send(NOW)
    assert small.email.got == []
    assert report.cadences["sample"].deferred == {"capped": 1}
    with reading(engine) as connection:
        (entry,) = (
            one
            for one in upcoming(connection, who, settings=settings, now=NOW)
            if one.kind == "planned"
        )
    saturday = datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert (entry.at, entry.reason, entry.cap) == (saturday, "capped", "2/7/")
    assert entry.not_after == NOW + 2 * DAY
    assert entry.detail == (
        "waits until 21 Nov: 2 messages in 7 days are the most (cap); given up after 22 Nov"
    )
    await small.send(saturday - timedelta(minutes=1))
    assert small.email.got == []
    await small.send(saturday)
    assert len(small.email.got) == 1


async def test_what_finds_no_room_in_its_time_is_skipped_and_says_so(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, capped(settings, email={"month": 1}), HELLO)
    with writing(sqlite_engine) as connection:
        who = ada(connection)
        sent(connection, who, step="tips", at=NOW - 2 * DAY)
    await small.tick(NOW)
    assert small.touches()[1:] == [("hello", "skipped", "capped")]
    with reading(sqlite_engine) as connection:
        (entry,) = (one for one in timeline(connection, who, now=NOW) if one.kind == "skipped")
    assert entry.detail == ("1 e-mail in 30 days is the most (cap); no day up to 22 Nov had room")


async def test_a_refused_message_takes_nothing_of_a_cap(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, capped(settings, week=1), HELLO)
    with writing(sqlite_engine) as connection:
        sent(connection, ada(connection), state="rejected", at=NOW - DAY)
    await small.tick(NOW)
    assert len(small.email.got) == 1


async def test_c15_a_number_that_customers_share_has_one_cap_for_sms(
    engine: Engine, settings: Settings
) -> None:
    """At most two a day to the number, though each of three customers would have room."""
    small = world(engine, capped(settings, sms=ChannelCaps(day=2)), PING)
    with writing(engine) as connection:
        for name in ("ada", "bob", "cleo"):
            who = customer(connection, email=f"{name}@example.com", phone="+12025550111")
            agrees(connection, who, "sms", at=NOW)
    small.plan(NOW)
    first = await small.send(NOW)
    assert (len(small.sms.got), first.cadences["sample"].skipped) == (2, {"capped": 1})
    with reading(engine) as connection:
        [facts] = load_facts(connection, [who], settings=small.settings, now=NOW).values()
        full = no_room(connection, facts.customer, "sms", caps=small.settings.caps, now=NOW)
    assert full is not None
    assert (full.cap.code, full.again_on) == ("2/1/sms", date(2026, 11, 21))


def two_at_once(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    """A mail of priority 2 and these steps, of 7, in one batch; a day holds one message."""
    ours = capped(settings, day=1)
    low = world(engine, ours, HELLO, name="low", priority="2", window=EVERY_DAY)
    with_ada(low)
    both = world(engine, ours, steps, **{"name": "high", "priority": "7"} | top)
    both.plan(NOW)
    ready_at_once(engine, "low")
    ready_at_once(engine, "high")
    return both


async def test_in_one_batch_the_higher_priority_takes_the_room(
    sqlite_engine: Engine, settings: Settings
) -> None:
    both = two_at_once(sqlite_engine, settings, PING)
    await both.send(NOW)
    assert (len(both.sms.got), both.email.got) == (1, [])
    assert both.touches()[0] == ("hello", "planned", "capped")


async def test_what_goes_later_today_keeps_its_place_before_a_lower_priority(
    sqlite_engine: Engine, settings: Settings
) -> None:
    both = two_at_once(sqlite_engine, settings, PING, window=FROM_TWO)
    await both.send(NOW)
    await both.send(NOW + 2 * A_QUARTER)
    assert both.touches() == [("hello", "planned", "spread"), ("ping", "planned", "window")]
    await both.send(AT_TWO)
    assert (len(both.sms.got), both.email.got) == (1, [])


@pytest.mark.parametrize(
    ("steps", "became"),
    [
        (PING.replace("day: 0", "day: 0, when: 'false'"), ("ping", "skipped", "condition")),
        (HELLO.replace("template: hello", "template: broken"), ("hello", "failed", "template")),
    ],
)
async def test_nobody_is_given_up_for_a_message_that_never_leaves(
    sqlite_engine: Engine, settings: Settings, steps: str, became: tuple[str, str, str]
) -> None:
    both = two_at_once(sqlite_engine, settings, steps, window=FROM_TWO)
    await both.send(NOW)
    await both.send(AT_TWO)
    assert both.touches() == [("hello", "accepted", None), became]


async def test_nobody_waits_for_an_equal_nor_for_tomorrow_nor_for_what_stands_still(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        hold_marketing(connection, "email", reason="complaints", now=NOW)
        close_channel(connection, "sms", reason="refused", now=NOW)
    small = two_at_once(sqlite_engine, settings, OFFER, name="equal", priority="2")
    held = loaded(OFFER, name="held", priority="7", purpose="marketing")
    closed = loaded(PING, name="closed", priority="7")
    plan_both(small, held, closed, loaded(OFFER, name="tomorrow", priority="7"))
    for name in ("equal", "held", "closed"):
        ready_at_once(sqlite_engine, name, NOW + A_QUARTER)
    ready_at_once(sqlite_engine, "tomorrow", NOW + DAY)
    ready_at_once(sqlite_engine, "low")
    await small.send(NOW)
    assert small.touches()[0] == ("hello", "accepted", None)
    assert len(queue(sqlite_engine)) == 4


async def test_of_two_that_collide_the_later_one_is_spread_to_the_next_free_day(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """Both would go at nine on Monday; the second one goes on Tuesday, and says why."""
    small = world(sqlite_engine, settings, LATER, name="first")
    with writing(sqlite_engine) as connection:
        who = ada(connection)
    report = plan_both(small, loaded(LATER, name="second"))
    assert report.cadences["second"].spread == 1
    assert queue(sqlite_engine) == {"first": MONDAY, "second": MONDAY + DAY}
    assert small.touches() == [("later", "planned", None), ("later", "planned", "spread")]
    with reading(sqlite_engine) as connection:
        told = [one.detail for one in upcoming(connection, who, settings=settings, now=NOW)]
    assert told == [
        "",
        "waits until 24 Nov: another cadence has a message for them on that day; "
        "given up after 25 Nov",
    ]
    await small.send(MONDAY)
    await small.send(MONDAY + DAY)
    assert len(small.email.got) == 2


async def test_a_higher_priority_that_is_planned_later_moves_the_lower_one(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, LATER, name="low", priority="3")
    with_ada(small)
    high = loaded(LATER.replace("day: 3", "day: 3, at: '15:00', priority: 8"), name="high")
    assert plan_both(small, high).cadences["high"].spread == 1
    assert queue(engine) == {"low": MONDAY + DAY, "high": MONDAY + timedelta(hours=6)}
    assert small.touches() == [("later", "planned", "spread"), ("later", "planned", None)]


async def test_what_cannot_move_in_its_time_stands_back_at_the_gate(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """A message that is fresh on Monday alone waits for the one at three that afternoon."""
    steps = LATER + LATER.replace("later,", "next,").replace("day: 3", "day: 4")
    small = world(sqlite_engine, settings, steps, name="low", priority="3")
    with_ada(small)
    high = LATER.replace("day: 3", "day: 3, at: '15:00'")
    plan_both(small, loaded(high, name="high", priority="8"))
    at_three = MONDAY + timedelta(hours=6)
    assert queue(sqlite_engine) == {"low": at_three + A_QUARTER, "high": at_three}
    with reading(sqlite_engine) as connection:
        told = [one.detail for one in upcoming(connection, 1, settings=settings, now=NOW)]
    words = "waits: another cadence has a message for them on that day; given up after 24 Nov"
    assert told == ["", words]
    await small.send(at_three)
    report = await small.send(at_three + A_QUARTER)
    assert len(small.email.got) == 1
    assert report.cadences["low"].skipped == {"capped": 1}


async def test_what_cannot_wait_for_a_higher_one_leaves_and_is_not_told_as_moved(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, LATER, name="low", window='{end: "12:00", days: [mon]}')
    with_ada(small)
    high = loaded(LATER.replace("day: 3", "day: 3, at: '15:00'"), name="high", priority="8")
    assert plan_both(small, high).cadences["high"].spread == 0
    assert small.touches() == [("later", "planned", None)] * 2
    await small.send(MONDAY)
    await small.send(MONDAY + timedelta(hours=6))
    assert small.touches() == [("later", "accepted", None), ("later", "planned", "capped")]


async def test_a_day_that_holds_one_message_is_kept_by_whoever_plans_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """Of an enrolment the first touch is planned as it begins, and the others later."""
    small = world(sqlite_engine, capped(settings, day=1), HELLO + LATER, name="mails")
    with writing(sqlite_engine) as connection:
        ada(connection)
    texts = loaded(PING.replace("day: 0", "day: 3, at: '10:00'"), name="texts")
    at_ten = MONDAY + timedelta(hours=1)
    plan_both(small, texts)
    await small.send(NOW)
    small.plan(NOW + A_QUARTER)
    assert queue(sqlite_engine) == {"texts": at_ten, "mails": MONDAY + DAY}
    plan_both(small, texts, loaded(LATER, name="others"))
    assert queue(sqlite_engine)["others"] == at_ten + A_QUARTER  # there is no free day in time


@pytest.mark.parametrize("reason", ["customer_paused", "waived"])
def test_what_waits_for_the_end_of_a_pause_still_says_so_once_it_is_spread(
    sqlite_engine: Engine, settings: Settings, reason: str
) -> None:
    small = world(sqlite_engine, settings, LATER, name="low", priority="3")
    with_ada(small)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Touch).values(reason=reason))
    plan_both(small, loaded(LATER, name="high", priority="8"))
    assert queue(sqlite_engine)["low"] == MONDAY + DAY
    assert small.touches()[0] == ("later", "planned", reason)


def test_a_touch_that_a_worker_has_is_moved_by_nobody(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, LATER, name="low", priority="3")
    with_ada(small)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Queued).values(fence=1, lease_until=DatabaseNow(60)))
    plan_both(small, loaded(LATER, name="high", priority="8"))
    assert queue(sqlite_engine) == {"low": MONDAY, "high": MONDAY}


async def test_after_downtime_the_higher_priority_goes_first_though_it_was_due_later(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """One message a batch: without a look ahead the order of the queue would decide."""
    one_each = settings.model_copy(update={"batch_size": 1})
    steps = HELLO.replace("day: 0", "day: 0, at: '16:00'")
    small = world(sqlite_engine, one_each, steps, name="low", priority="3", window=EVERY_DAY)
    with_ada(small)
    high = HELLO.replace("day: 0", "day: 1")
    plan_both(small, loaded(high, name="high", priority="8", window=EVERY_DAY))
    saturday_at_noon = NOW + DAY + timedelta(hours=2)
    told = forecast(
        sqlite_engine, settings=small.settings, templates=small.templates, now=saturday_at_noon
    )
    assert told.expected["low", "email"].later == {"capped": 1}
    await small.send(saturday_at_noon)
    assert small.touches() == [("hello", "planned", "spread"), ("hello", "accepted", None)]
    await small.send(saturday_at_noon + 2 * A_QUARTER)
    assert small.touches() == [("hello", "planned", "capped"), ("hello", "accepted", None)]
    await small.send(saturday_at_noon + DAY)
    assert len(small.email.got) == 2


async def test_nobody_gives_way_to_a_cadence_that_is_paused(
    sqlite_engine: Engine, settings: Settings
) -> None:
    steps = HELLO.replace("day: 0", "day: 0, at: '16:00'")
    small = world(sqlite_engine, settings, steps, name="low", priority="3", window=EVERY_DAY)
    with_ada(small)
    high = HELLO.replace("day: 0", "day: 1")
    plan_both(small, loaded(high, name="high", priority="8", window=EVERY_DAY))
    await small.send(NOW + DAY + timedelta(hours=2), paused=frozenset({"high"}))
    assert small.touches()[0] == ("hello", "accepted", None)


def test_one_worker_after_the_other_counts_a_customers_messages(
    engine: Engine, settings: Settings
) -> None:
    """Also where two customers share a number; SQLite has one writer at a time."""
    if engine.dialect.name == "sqlite":
        return
    with writing(engine) as connection:
        first, second = ada(connection), customer(connection, phone="+12025550111")
    with writing(engine) as one, engine.connect() as other:
        hold_messages(one, [first], by_number=True)
        other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):
            hold_messages(other, [second], by_number=True)


def test_of_two_gates_at_once_one_alone_lets_a_message_into_the_room_for_one(
    engine: Engine, settings: Settings
) -> None:
    """A mail here and an SMS there, which the record itself would take both."""
    if engine.dialect.name == "sqlite":
        return
    small = world(engine, capped(settings, week=1), HELLO, name="mail")
    with writing(engine) as connection:
        ada(connection)
    plan_both(small, loaded(PING, name="text"))
    desk = Desk(small.settings, small.templates, frozenset(), SendReport())
    passing = Transactions(engine, desk, lambda: NOW)
    mail, sms = (passing.prepare([claim]) for claim in passing.claim().going)
    with engine.begin() as one, engine.connect() as other:
        assert len(gate(one, mail.prepared, mail.drafts, desk=desk, now=NOW)) == 1
        other.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):
            gate(other, sms.prepared, sms.drafts, desk=desk, now=NOW)
    assert passing.gate(sms)[0] == []


def test_there_is_room_where_nothing_left_yet(sqlite_engine: Engine, settings: Settings) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
        [facts] = load_facts(connection, [1], settings=settings, now=NOW).values()
        caps = Caps(week=1)
        assert no_room(connection, facts.customer, "email", caps=caps, now=NOW) is None
        sent(connection, 1, channel="sms", at=NOW - 2 * DAY)
        found = no_room(connection, facts.customer, "email", caps=caps, now=NOW)
    assert found == NoRoom(caps.limits[0], date(2026, 11, 25))
