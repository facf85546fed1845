"""Between being prepared and its gate a touch waits for a batch: what changed meanwhile counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.answers import Sent
from contacts.delivery.drafts import Desk
from contacts.delivery.elapsed import elapsed
from contacts.delivery.reports import SendReport
from contacts.delivery.transactions import Batch, Transactions
from contacts.delivery.words import Ready
from contacts.record.consent.optout import BY_LINK, Said, opt_out
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Customer, Queued
from contacts.settings import Settings
from tests.cast import NOW, agrees, customer
from tests.world import Stumbling, World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
EVERY_HOUR = "{start: '00:00', end: '23:59', days: [mon, tue, wed, thu, fri, sat, sun], "
ALWAYS = {"window": f"{EVERY_HOUR}holidays: ignore}}"}
BEFORE_MIDNIGHT = datetime(2026, 11, 21, 4, 59, 50, tzinfo=UTC)  # of the 20th, in New York
RETRY = Receipt(Answer.RETRY, http_status=429, code="429", retry_after=1)


@dataclass
class Worker:
    """One that goes step by step."""

    small: World
    now: datetime = NOW
    record: Transactions = field(init=False)

    def __post_init__(self) -> None:
        here = self.small
        desk = Desk(here.settings, here.templates, frozenset(), SendReport())
        self.record = Transactions(here.engine, desk, lambda: self.now)

    def prepares(self) -> Batch:
        return self.record.prepare(self.record.claim().going)

    def gates(self, batch: Batch) -> list[Ready]:
        return self.record.gate(batch)[0]


def planned(engine: Engine, settings: Settings, *, people: int = 1, **top: str) -> World:
    with writing(engine) as connection:
        for number in range(people):
            one = customer(connection, email=f"p{number}@example.com", first_name=f"P{number}")
            agrees(connection, one, "email", at=NOW - timedelta(hours=1))
    small = world(engine, settings, HELLO, **top)
    small.plan(NOW)
    return small


def change(engine: Engine, **values: Any) -> None:
    with writing(engine) as connection:
        connection.execute(update(Customer).values(**values))


def due_at(engine: Engine, instant: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(update(Queued).values(ready_at=instant))


def days(engine: Engine) -> Sequence[date]:
    with reading(engine) as connection:
        return connection.execute(select(Attempt.local_date).order_by(Attempt.id)).scalars().all()


def test_a_mail_goes_to_the_address_of_now(engine: Engine, settings: Settings) -> None:
    worker = Worker(planned(engine, settings))
    batch = worker.prepares()
    change(engine, email="right@example.com")
    [ready] = worker.gates(batch)
    assert (ready.outgoing.to, ready.message.address) == ("right@example.com", "right@example.com")


def test_who_left_meanwhile_gets_nothing(engine: Engine, settings: Settings) -> None:
    small = planned(engine, settings)
    worker = Worker(small)
    batch = worker.prepares()
    change(engine, active=False)
    assert worker.gates(batch) == []
    assert small.attempts() == []
    assert small.touches()[0][1:] == ("skipped", "stopped")


def test_who_moved_out_of_the_window_meanwhile_waits(engine: Engine, settings: Settings) -> None:
    by_day = {"window": ALWAYS["window"].replace("00:00", "09:00").replace("23:59", "18:00")}
    small = planned(engine, settings, **by_day)
    worker = Worker(small)
    batch = worker.prepares()
    change(engine, timezone="Asia/Tokyo")  # midnight
    assert worker.gates(batch) == []
    assert small.touches()[0][1] == "planned"


def test_p4_a_batch_that_waits_over_midnight_counts_for_the_day_of_its_gate(
    engine: Engine, settings: Settings
) -> None:
    small = planned(engine, settings, **ALWAYS)
    due_at(engine, BEFORE_MIDNIGHT - timedelta(hours=1))
    worker = Worker(small, BEFORE_MIDNIGHT)
    batch = worker.prepares()
    worker.now += timedelta(seconds=25)
    assert len(worker.gates(batch)) == 1
    assert days(engine) == [date(2026, 11, 21)]


def test_f15_a_claim_of_before_an_attempt_is_fenced_out_after_it(
    engine: Engine, settings: Settings
) -> None:
    """Frozen before; another one sent, was refused, and the touch came back into the queue."""
    small = planned(engine, settings)
    frozen = Worker(small)
    old = frozen.prepares()
    with writing(engine) as connection:
        connection.execute(update(Queued).values(lease_until=NOW - timedelta(days=400)))
    other = Worker(small, NOW + timedelta(minutes=5))
    ready = other.gates(other.prepares())
    other.record.keep([Sent(one, RETRY, other.now) for one in ready])
    due_at(engine, NOW)
    third = Worker(small, NOW + timedelta(minutes=20))
    newest = third.prepares()
    frozen.now = third.now
    assert len(newest.prepared) == 1
    assert frozen.gates(old) == []
    assert len(third.gates(newest)) == 1


async def test_what_was_claimed_is_anybodys_after_a_fault(
    engine: Engine, settings: Settings
) -> None:
    small = planned(engine, settings.model_copy(update={"batch_size": 5}), people=30)
    small.email = Stumbling(at=3)
    with pytest.raises(ZeroDivisionError):
        await small.send(NOW)
    held = select(func.count()).select_from(Queued).where(Queued.lease_until.is_not(None))
    with reading(engine) as connection:
        assert connection.execute(held).scalar_one() == 0


@pytest.mark.parametrize("words", [r"{{ '\ud83d' }}", r"{{ '\x00' }}"])
async def test_words_that_no_database_keeps_fail_alone(
    engine: Engine, settings: Settings, words: str
) -> None:
    small = planned(engine, settings, people=3)
    body: Path = settings.workspace / "templates" / "email" / "hello" / "body.txt"
    mark = "{% if customer.first_name == 'P1' %}" + words + "{% endif %}"
    body.write_text(f"Hello {mark}", encoding="utf-8")
    await small.send(NOW)
    assert sorted(one.to for one in small.email.got) == ["p0@example.com", "p2@example.com"]
    assert [state for _, state, _ in small.touches()] == ["accepted", "failed", "accepted"]


def test_the_seconds_of_a_pass_go_on() -> None:
    first = elapsed()
    assert 0 <= elapsed() - first < 60


@pytest.mark.parametrize(("connections", "before"), [(100, 0), (3, 22)])
async def test_p3_who_opts_out_while_a_batch_leaves_in_waves_gets_nothing(
    engine: Engine, settings: Settings, connections: int, before: int
) -> None:
    """All thirty are gated at once; no wave is larger than the wire, or its last would wait."""
    few = settings.model_copy(update={"connections": connections})
    small = planned(engine, few, people=30)
    with reading(engine) as connection:
        last = connection.execute(select(func.max(Customer.id))).scalar_one()

    def stops() -> None:
        if len(small.email.got) == before:
            at = NOW + timedelta(seconds=1)
            said = Said("email", last, None, BY_LINK, "test:1", at)
            with writing(engine) as connection:
                opt_out(connection, said, settings=settings, now=at)

    small.email.asked = stops
    await small.send(NOW)
    got = {one.to for one in small.email.got}
    assert (len(got), "p29@example.com" in got) == (29, False)
    await small.send(NOW + timedelta(hours=1))
    assert len(small.email.got) == 29
    assert small.touches()[-1][1:] == ("skipped", "suppressed")
