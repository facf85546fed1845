"""A sender's rate over workers, restarts and passes, on both databases."""

import asyncio
import random
import time
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, select

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.pace import Pace
from contacts.delivery.rationing import SMS_SEGMENTS_PER_SECOND, rates_of
from contacts.delivery.send import send_due
from contacts.record.clock import DatabaseNow
from contacts.record.engine import open_record, reading, writing
from contacts.record.sending.rates import LARGEST, Rate, SendingRate, take
from contacts.record.sending.resumes import Ramp
from contacts.record.tables import Queued
from contacts.record.touches.queue import Claim, claim
from contacts.settings import Settings
from tests.cast import NOW
from tests.storm import Weather, channel, crowd, states
from tests.world import Sender, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
TEXT = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
SLOW = Rate("email", "hello@example.com", 2.0)


class Crash(Exception):
    """A worker that died before its commit."""


def test_workers_that_crash_and_restart_share_one_window(engine: Engine) -> None:
    chance = random.Random(7)  # noqa: S311  # it guards nothing
    url = engine.url.render_as_string(hide_password=False)
    workers, at = [engine, open_record(url)], NOW
    granted: list[tuple[datetime, int]] = []
    for _ in range(40):
        at += timedelta(seconds=chance.choice([0, 0, 0.1, 0.5, 3]))
        worker = chance.randrange(2)
        if worker and chance.random() < 0.2:
            workers[1].dispose()
            workers[1] = open_record(url)
        with suppress(Crash), writing(workers[worker]) as connection:
            take(connection, SLOW, [1, 1], at=at)
            raise Crash
        with writing(workers[worker]) as connection:
            waits = take(connection, SLOW, [1] * chance.randint(1, 4), at=at)
        granted.append((at, waits.count(None)))
    workers[1].dispose()
    for first, (begin, _) in enumerate(granted):
        for last in range(first, len(granted)):
            window = (granted[last][0] - begin).total_seconds()
            assert sum(n for _, n in granted[first : last + 1]) <= 2 * window + SLOW.burst


def test_two_workers_at_once_never_take_more_than_there_is(engine: Engine) -> None:
    rate = Rate("email", "hello@example.com", 50.0)
    took: list[int] = []

    def work() -> None:
        for _ in range(15):
            with writing(engine) as connection:
                took.append(take(connection, rate, [1] * 20).count(None))

    begin = time.monotonic()
    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(took) == 30
    assert 50 <= sum(took) <= 50 + 50 * (time.monotonic() - begin + 0.01)


async def test_what_does_not_fit_waits_in_the_queue_and_leaves_in_its_turn(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, LARGEST + 4)
    slow = settings.model_copy(update={"sms_segments_per_second": 4.0})
    small = world(engine, slow, TEXT)
    small.plan(NOW)
    report = await small.send(NOW)
    assert len(small.sms.got) == LARGEST + 4
    assert report.cadences["sample"].deferred["rate"] >= 4 - 1
    assert states(engine) == {"accepted": LARGEST + 4}


class SlowLook(Pace):
    """Looks for what is due as one does in a database that is busy; it slows nothing else."""

    def claim(
        self, connection: Connection, *, now: datetime, limit: int, lease_seconds: int
    ) -> list[Claim]:
        found = claim(connection, now=now, limit=limit, lease_seconds=lease_seconds)
        if not found:
            time.sleep(0.6)
        return found


async def test_what_begins_to_fit_during_a_look_leaves_in_the_same_pass(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 5)
    slow = settings.model_copy(update={"email_per_second": 4.0})  # the fifth fits after 0.3 s
    small = world(engine, slow, HELLO)
    small.plan(NOW)
    await send_due(
        engine,
        Outbox(email=small.email, sms=small.sms, live=frozenset()),
        settings=slow,
        templates=small.templates,
        now=NOW,
        pace=SlowLook(Ramp(1, NOW, "a test", backlog=0, per_minute=60, taken=0), sleep=None),
    )
    assert states(engine) == {"accepted": 5}


async def test_a_pass_that_is_told_to_stop_leaves_the_rest_in_its_order(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 5)
    slow = settings.model_copy(update={"email_per_second": 0.001})
    small = world(engine, slow, HELLO)
    small.plan(NOW)
    told: list[bool] = []

    async def stopped() -> None:
        await send_due(
            engine,
            Outbox(email=small.email, sms=small.sms, live=frozenset()),
            settings=slow,
            templates=small.templates,
            now=NOW,
            go_on=lambda: not told,
        )

    passing = asyncio.create_task(stopped())
    while states(engine)["accepted"] < 1:
        await asyncio.sleep(0.01)
    told.append(True)
    await passing
    assert len(small.email.got) == 1
    assert states(engine) == {"accepted": 1, "planned": 4}
    with reading(engine) as connection:
        ready = connection.execute(select(Queued.ready_at).order_by(Queued.ready_at)).scalars()
        waits = [round((at - NOW) / timedelta(seconds=1000)) for at in ready]
    assert waits == [1, 2, 3, 4]


async def test_a_restarted_worker_remembers_what_it_sent(
    engine: Engine, settings: Settings
) -> None:
    slow = settings.model_copy(update={"email_per_second": 0.001})
    small = world(engine, slow, HELLO)
    crowd(engine, 1)
    await small.tick(NOW)
    crowd(engine, 1, first=1)
    small.plan(NOW)
    again = open_record(engine.url.render_as_string(hide_password=False))
    with writing(again) as connection:
        waits = take(connection, Rate("email", slow.sender_email, 0.001), [1])
    again.dispose()
    assert waits[0] is not None


def test_the_clock_is_the_databases(engine: Engine) -> None:
    with writing(engine) as connection:
        take(connection, SLOW, [1, 1])
        asked = select(SendingRate.full_at, DatabaseNow())
        full_at, present = connection.execute(asked).one()
    assert timedelta(seconds=-1) < full_at - present <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("live", "changes", "rates"),
    [
        (set(), {}, {}),
        ({"email"}, {}, {}),
        ({"sms"}, {}, {"sms": SMS_SEGMENTS_PER_SECOND}),
        ({"sms"}, {"sms_segments_per_second": 30.0}, {"sms": 30.0}),
        (set(), {"email_per_second": 5.0, "sms_segments_per_second": 3.0},
         {"email": 5.0, "sms": 3.0}),
    ],
)  # fmt: skip
def test_only_live_sms_has_a_limit_by_itself(
    settings: Settings, live: set[str], changes: dict[str, float], rates: dict[str, float]
) -> None:
    outbox = Outbox(email=Sender(), sms=Sender(), live=frozenset(live))
    found = rates_of(settings.model_copy(update=changes), outbox)
    assert {name: rate.per_second for name, rate in found.items()} == rates


async def test_a_wait_that_a_provider_asked_for_holds_for_every_worker(
    engine: Engine, settings: Settings
) -> None:
    crowd(engine, 2)
    small = world(engine, settings, HELLO)
    asks = Receipt(Answer.RETRY, http_status=429, code="429", retry_after=600)
    small.email = weather = Weather(storm=asks)
    small.plan(NOW)
    await small.send(NOW)
    other = world(engine, settings, HELLO)
    crowd(engine, 3, first=2)
    await other.tick(NOW + timedelta(minutes=9))
    assert (len(weather.got), len(other.email.got)) == (1, 0)
    assert channel(engine).held_until is not None
    for minutes in (11, 21, 31):
        await other.send(NOW + timedelta(minutes=minutes))
    assert len(other.email.got) == 5
