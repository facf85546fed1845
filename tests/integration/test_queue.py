"""Claims, leases and fences, on both databases."""

from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from contacts.record.clock import DatabaseNow
from contacts.record.engine import reading, writing
from contacts.record.tables import Message, Queued, Touch
from contacts.record.touches.attempts import NewAttempt, NewMessage, begin_attempts, new_attempt_id
from contacts.record.touches.queue import Claim, claim, leave, put_back
from contacts.settings import Settings
from tests.cast import NOW, ada, agrees, bob, customer
from tests.world import world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"


@pytest.fixture
def queued(engine: Engine, settings: Settings) -> Engine:
    """A record with Ada's one touch in the queue, ready now."""
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)
    small.plan(NOW)
    return engine


def take(engine: Engine, *, now: datetime = NOW, most: int = 10) -> list[Claim]:
    with writing(engine) as connection:
        return claim(connection, now=now, limit=most, lease_seconds=60)


def end_the_lease(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(Queued).values(lease_until=DatabaseNow(-1)))


def test_a_claimed_touch_is_not_claimed_again_while_the_lease_holds(queued: Engine) -> None:
    assert len(take(queued)) == 1
    assert take(queued) == []


def test_no_more_are_claimed_than_asked_for_first_those_that_wait_longest(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        for number in range(5):
            someone = customer(connection, email=f"customer{number}@example.com")
            agrees(connection, someone, "email", at=NOW - timedelta(hours=1))
    small.plan(NOW)
    *others, longest = [one.touch_id for one in take(engine)]
    end_the_lease(engine)
    with writing(engine) as connection:
        earlier = update(Queued).values(ready_at=NOW - timedelta(minutes=1))
        connection.execute(earlier.where(Queued.touch_id == longest))

    rounds = [[one.touch_id for one in take(engine, most=2)] for _ in range(4)]

    assert rounds == [[longest, others[0]], others[1:3], others[3:], []]


def test_nothing_is_claimed_before_it_is_ready(queued: Engine) -> None:
    assert take(queued, now=NOW - timedelta(seconds=1)) == []


def test_a_lease_that_ended_frees_the_touch_under_a_higher_fence(queued: Engine) -> None:
    (first,) = take(queued)
    end_the_lease(queued)
    (second,) = take(queued)
    assert (second.touch_id, second.fence) == (first.touch_id, first.fence + 1)


def test_a_worker_that_lost_its_claim_is_fenced_out(queued: Engine) -> None:
    (first,) = take(queued)
    end_the_lease(queued)
    (second,) = take(queued)
    with writing(queued) as connection:
        assert leave(connection, [first]) == set()
        put_back(connection, {first: NOW + timedelta(days=9)})
        assert leave(connection, [second]) == {second.touch_id}


def test_a_lease_that_ended_does_not_pass_the_gate(queued: Engine) -> None:
    (claimed,) = take(queued)
    end_the_lease(queued)
    with writing(queued) as connection:
        assert leave(connection, [claimed]) == set()


def test_what_is_put_back_is_ready_again_at_its_time(queued: Engine) -> None:
    (claimed,) = take(queued)
    later = NOW + timedelta(hours=2)
    with writing(queued) as connection:
        put_back(connection, {claimed: later})
    assert take(queued, now=later - timedelta(seconds=1)) == []
    assert len(take(queued, now=later)) == 1


def test_the_database_refuses_a_second_live_attempt_of_a_touch(queued: Engine) -> None:
    with writing(queued) as connection:
        touch = connection.execute(select(Touch.id, Touch.customer_id)).one()
    with writing(queued) as connection:
        _begin(connection, touch, day=1)
    with pytest.raises(IntegrityError), writing(queued) as connection:
        _begin(connection, touch, day=2)


def test_the_databases_clock_is_the_one_of_the_record(engine: Engine) -> None:
    with reading(engine) as connection:
        moment = connection.execute(select(DatabaseNow())).scalar_one()
        later = connection.execute(select(DatabaseNow(3600))).scalar_one()
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
    assert timedelta(minutes=59) < later - moment < timedelta(minutes=61)


def test_the_words_of_a_batch_are_kept_to_the_letter(engine: Engine, settings: Settings) -> None:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection), bob(connection)
    small.plan(NOW)
    words = [('{"a",NULL}', "\\N 'so' said\t\"she\"\n", None), ("Grüße 🎈", "{}", "<p>NULL</p>")]
    with writing(engine) as connection:
        touches = connection.execute(select(Touch.id, Touch.customer_id)).all()
        attempts = [_attempt(touch, day=1) for touch in touches]
        messages = [
            NewMessage(attempt.id, f"{number}@example.com", *said)
            for number, (attempt, said) in enumerate(zip(attempts, words, strict=True))
        ]
        begin_attempts(connection, attempts, messages, lease_seconds=60)
        columns = Message.attempt_id, Message.address, Message.subject, Message.text, Message.html
        kept = connection.execute(select(*columns).order_by(Message.address)).all()
    assert kept == [astuple(one) for one in messages]


def _begin(connection: Connection, touch: Any, *, day: int) -> None:
    attempt = _attempt(touch, day=day)
    message = NewMessage(attempt.id, "ada@example.com", "Hello", "Hello", None)
    begin_attempts(connection, [attempt], [message], lease_seconds=60)


def _attempt(touch: Any, *, day: int) -> NewAttempt:
    return NewAttempt(
        id=new_attempt_id(),
        touch_id=touch.id,
        customer_id=touch.customer_id,
        channel="email",
        local_date=datetime(2026, 6, day, tzinfo=UTC).date(),
        fence=1,
        template="hello/en@0",
        body_hash="0",
        segments=1,
        started_at=NOW,
    )
