"""What is old enough goes; what happened stays on record."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, func, insert, select

from contacts.record.engine import reading, writing
from contacts.record.retention import BATCH, Removed, remove_old
from contacts.record.tables import Attempt, Event, Message
from tests.cast import NOW, ada
from tests.sent import sent

BODY_DAYS = 90


def add_events(engine: Engine, count: int, *, received_at: datetime) -> None:
    rows = [
        {
            "provider": "sendgrid",
            "event_id": f"{received_at:%Y-%m-%d}-{number}",
            "kind": "delivered",
            "occurred_at": received_at,
            "received_at": received_at,
            "detail": "250 OK",
            "payload": {"email": "ada@example.com"},
        }
        for number in range(count)
    ]
    with writing(engine) as connection:
        connection.execute(insert(Event), rows)


def payloads(engine: Engine) -> list[object]:
    with reading(engine) as connection:
        return list(connection.execute(select(Event.payload).order_by(Event.id)).scalars())


def test_old_words_go_and_the_attempt_stays(engine: Engine) -> None:
    with writing(engine) as connection:
        customer = ada(connection)
        old = sent(connection, customer, at=NOW - timedelta(days=91), step="hello")
        new = sent(connection, customer, at=NOW - timedelta(days=89), step="tips")
    assert remove_old(engine, body_days=BODY_DAYS, now=NOW) == Removed(bodies=1)
    with reading(engine) as connection:
        left = set(connection.execute(select(Message.attempt_id)).scalars())
        attempts = set(connection.execute(select(Attempt.id)).scalars())
    assert left == {new.attempt_id}
    assert attempts == {old.attempt_id, new.attempt_id}


def test_old_raw_events_go_and_what_they_said_stays(engine: Engine) -> None:
    add_events(engine, 1, received_at=NOW - timedelta(days=31))
    add_events(engine, 1, received_at=NOW - timedelta(days=29))
    assert remove_old(engine, body_days=BODY_DAYS, now=NOW) == Removed(payloads=1)
    assert payloads(engine) == [None, {"email": "ada@example.com"}]
    with reading(engine) as connection:
        assert set(connection.execute(select(Event.detail)).scalars()) == {"250 OK"}


def test_more_than_a_batch_goes_in_one_call(engine: Engine) -> None:
    add_events(engine, BATCH + 1, received_at=NOW - timedelta(days=40))
    removed = remove_old(engine, body_days=BODY_DAYS, now=NOW)
    assert removed == Removed(payloads=BATCH + 1)


def test_a_second_time_finds_nothing(engine: Engine) -> None:
    add_events(engine, 2, received_at=NOW - timedelta(days=40))
    remove_old(engine, body_days=BODY_DAYS, now=NOW)
    assert remove_old(engine, body_days=BODY_DAYS, now=NOW) == Removed()
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(Event)).scalar_one() == 2
