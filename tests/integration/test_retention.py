"""What is old enough goes; what happened stays on record."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, null, select

from contacts.record.customers.proofs import Proof, history, keep_proof
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Event, Message, StuckEvent, Task
from contacts.record.upkeep.retention import BATCH, Removed, count_old, remove_old
from contacts.settings import Settings, SettingsError, load_settings
from tests.cast import NOW, ada
from tests.sent import sent


def days(count: int) -> datetime:
    return NOW - timedelta(days=count)


def add_events(engine: Engine, count: int, *, received_at: datetime, **more: Any) -> None:
    row = {
        "provider": "sendgrid",
        "kind": "delivered",
        "occurred_at": received_at,
        "received_at": received_at,
        "detail": "250 OK",
        "payload": {"email": "ada@example.com"},
    }
    rows = [
        row | more | {"event_id": f"{received_at:%Y-%m-%d}-{number}"} for number in range(count)
    ]
    with writing(engine) as connection:
        connection.execute(insert(Event), rows)


def events(engine: Engine) -> list[tuple[object, str]]:
    """The raw form and the words of each, oldest first."""
    with reading(engine) as connection:
        return [
            (row.payload, row.detail)
            for row in connection.execute(select(Event).order_by(Event.received_at))
        ]


def test_c22_old_words_go_and_the_attempt_stays(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        customer = ada(connection)
        old = sent(connection, customer, at=days(91), step="hello")
        new = sent(connection, customer, at=days(89), step="tips")
    assert remove_old(engine, settings=settings, now=NOW) == Removed(bodies=1)
    with reading(engine) as connection:
        left = set(connection.execute(select(Message.attempt_id)).scalars())
        attempts = set(connection.execute(select(Attempt.id)).scalars())
    assert left == {new.attempt_id}
    assert attempts == {old.attempt_id, new.attempt_id}


def test_proofs_go_after_two_years(engine: Engine, settings: Settings) -> None:
    counts = dict.fromkeys(
        ("active", "by_touch", "by_task", "waived", "overdue", "uncovered", "stale", "unowned"), 0
    )
    with writing(engine) as connection:
        for age in (731, 730, 1):
            keep_proof(connection, Proof(days(age), **counts))
    remove_old(engine, settings=settings, now=NOW)
    with reading(engine) as connection:
        assert [one.at for one in history(connection, days(9999))] == [days(730), days(1)]


def test_c22_old_raw_events_go_and_what_they_said_stays(engine: Engine, settings: Settings) -> None:
    add_events(engine, 1, received_at=days(31))
    add_events(engine, 1, received_at=days(29))
    assert remove_old(engine, settings=settings, now=NOW) == Removed(payloads=1)
    assert events(engine) == [(None, "250 OK"), ({"email": "ada@example.com"}, "250 OK")]


def test_c22_an_old_event_that_could_never_be_applied_goes_whole(
    engine: Engine, settings: Settings
) -> None:
    row = {"provider": "twilio", "why": "KeyError", "said": {"detail": "I am ill"}}
    ages = [{"event_id": f"{age}", "received_at": days(age)} for age in (31, 29)]
    with writing(engine) as connection:
        connection.execute(insert(StuckEvent), [row | age for age in ages])
    add_events(engine, 1, received_at=days(31))
    with reading(engine) as connection:
        assert count_old(connection, settings=settings, now=NOW) == Removed(payloads=2)
    assert remove_old(engine, settings=settings, now=NOW) == Removed(payloads=2)
    with reading(engine) as connection:
        assert connection.execute(select(StuckEvent.event_id)).scalars().all() == ["29"]


def test_c22_old_replies_lose_their_words_and_stay_known_to_have_come(
    engine: Engine, settings: Settings
) -> None:
    for age in (366, 364):
        add_events(engine, 1, received_at=days(age), kind="replied", detail="Yes", payload=null())
    add_events(engine, 1, received_at=days(400), detail="550 no such user", payload=null())
    assert remove_old(engine, settings=settings, now=NOW) == Removed(replies=1)
    assert [words for _, words in events(engine)] == ["550 no such user", "", "Yes"]


def test_c22_a_machines_answer_loses_its_words_as_a_persons_does(
    engine: Engine, settings: Settings
) -> None:
    add_events(engine, 1, received_at=days(366), kind="automatic", detail="Away", payload=null())
    assert remove_old(engine, settings=settings, now=NOW) == Removed(replies=1)


@pytest.mark.parametrize("kind", ["reply", "decide"])
@pytest.mark.parametrize(("state", "words"), [("open", "Yes"), ("done", "")])
def test_a_reply_that_somebody_has_yet_to_answer_keeps_its_words(
    engine: Engine, settings: Settings, kind: str, state: str, words: str
) -> None:
    add_events(engine, 1, received_at=days(366), kind="replied", detail="Yes", payload=null())
    with writing(engine) as connection:
        reply = connection.execute(select(Event.id)).scalar_one()
        task = {"customer_id": ada(connection), "event_id": reply, "kind": kind, "title": "",
                "brief": "Yes", "due_at": NOW, "state": state, "opened_at": days(366)}  # fmt: skip
        connection.execute(insert(Task).values(task))
    remove_old(engine, settings=settings, now=NOW)
    with reading(engine) as connection:
        both = select(Task.brief, Event.detail).join(Event, Event.id == Task.event_id)
        assert connection.execute(both).one() == (words, words)


def test_c22_the_settings_say_how_old(engine: Engine, settings: Settings) -> None:
    add_events(engine, 1, received_at=days(3), kind="replied")
    with writing(engine) as connection:
        sent(connection, ada(connection), at=days(3))
    brief = {"body_retention_days": 2, "reply_retention_days": 2, "payload_retention_days": 2}
    shorter = settings.model_copy(update=brief)
    with reading(engine) as connection:
        assert count_old(connection, settings=settings, now=NOW) == Removed()
        found = count_old(connection, settings=shorter, now=NOW)
    assert found == Removed(bodies=1, replies=1, payloads=1)
    assert remove_old(engine, settings=shorter, now=NOW) == found


@pytest.mark.parametrize("name", ["body", "reply", "payload"])
@pytest.mark.parametrize("value", [0, 3651])
def test_a_time_that_cannot_be_is_refused(settings: Settings, name: str, value: int) -> None:
    with pytest.raises(SettingsError, match=f"{name}_retention_days"):
        load_settings(settings.workspace, **{f"{name}_retention_days": value})


def test_more_than_a_batch_goes_in_one_call(engine: Engine, settings: Settings) -> None:
    add_events(engine, BATCH + 1, received_at=days(40))
    assert remove_old(engine, settings=settings, now=NOW) == Removed(payloads=BATCH + 1)


def test_a_second_time_finds_nothing(engine: Engine, settings: Settings) -> None:
    add_events(engine, 2, received_at=days(40))
    remove_old(engine, settings=settings, now=NOW)
    assert remove_old(engine, settings=settings, now=NOW) == Removed()
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(Event)).scalar_one() == 2
