"""What a person says about a customer: it is kept, it closes its task, the cadence goes on."""

import time
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, Row, insert, select

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.reconcile import reconcile
from contacts.record.engine import open_record, reading, writing
from contacts.record.errors import ReviewRefused, UnknownTask
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Event, Task
from contacts.record.timeline import upcoming
from contacts.record.work.notes import Note, NotedTask, record_note
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from tests.cast import NOW, ada, bob
from tests.statements import WAITING
from tests.world import world

STEPS = """\
  - {key: talk, channel: call, template: welcome, day: 0, wait: true}
  - {key: hello, channel: email, template: hello, after: 1d}
"""
_KINDS = ("reach", "check_in", "orders", "call", "visit", "letter", "reply")
LATER = NOW + timedelta(hours=2)


def note(customer_id: int, kind: NoteKind, **changes: Any) -> Note:
    return Note(
        **{"customer_id": customer_id, "kind": kind, "text": "All well", "at": LATER} | changes
    )


async def test_a_call_closes_its_task_and_the_cadence_goes_on(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
    here = world(engine, settings, STEPS)
    await here.tick(NOW)
    with writing(engine) as connection:
        closed = record_note(connection, note(ada_id, NoteKind.CALL), now=LATER)
    assert closed is not None
    assert closed.title == "Call Ada"
    (task,) = here.tasks()
    assert (task.state, task.outcome, task.closed_at) == ("done", "All well", LATER)
    (event,) = _events(engine)
    assert (event.provider, event.kind, event.detail) == ("person", "call", "All well")
    assert event.touch_id == task.touch_id
    assert _customer(engine).last_contact_at == LATER
    here.plan(LATER)
    assert here.touches() == [("talk", "done", None), ("hello", "planned", None)]


async def test_a_letter_is_a_step_that_a_person_makes_by_posting_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
    here = world(sqlite_engine, settings, STEPS.replace("channel: call", "channel: letter"))
    await here.tick(NOW)
    assert [(task.kind, task.state) for task in here.tasks()] == [("letter", "open")]
    posted = note(ada_id, NoteKind.LETTER)
    with writing(sqlite_engine) as connection:
        record_note(connection, posted, now=LATER)
    here.plan(LATER)
    assert here.touches() == [("talk", "done", None), ("hello", "planned", None)]
    assert _customer(sqlite_engine).last_contact_at == LATER


def test_a_call_without_a_task_is_a_contact_too(engine: Engine) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection)
        assert record_note(connection, note(bob_id, NoteKind.CALL), now=LATER) is None
    assert _customer(engine).last_contact_at == LATER


def test_a_call_of_long_ago_does_not_hide_a_later_contact(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, last_contact_at=NOW)
        early = note(ada_id, NoteKind.CALL, at=NOW - timedelta(days=3))
        record_note(connection, early, now=LATER)
    assert _customer(engine).last_contact_at == NOW


@pytest.mark.parametrize(
    ("kind", "closes"),
    [
        (NoteKind.CALL, "call"),
        (NoteKind.VISIT, "visit"),
        (NoteKind.LETTER, "letter"),
        (NoteKind.NOTE, "reply"),
        (NoteKind.BENEFIT, None),
    ],
)
def test_each_kind_closes_the_oldest_task_of_its_own(
    engine: Engine, kind: NoteKind, closes: str | None
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        for day, name in enumerate(_KINDS * 2):
            task = NewTask(ada_id, name, f"{name} {day}", due_at=NOW)  # type: ignore[arg-type]
            open_tasks(connection, [task], now=NOW + timedelta(days=day))
        record_note(connection, note(ada_id, kind), now=LATER)
        done = connection.execute(select(Task.title).where(Task.state == "done")).scalars().all()
    assert done == ([f"{closes} {_KINDS.index(closes)}"] if closes else [])


@pytest.mark.parametrize(
    ("kind", "closes"),
    [
        (NoteKind.CALL, ["reach", "check_in", "orders"]),
        (NoteKind.VISIT, ["reach", "check_in", "orders"]),
        (NoteKind.LETTER, ["reach", "check_in"]),
        (NoteKind.NOTE, []),
    ],
)
def test_being_in_touch_settles_one_after_the_other_what_asks_for_it(
    sqlite_engine: Engine, kind: NoteKind, closes: list[str]
) -> None:
    with writing(sqlite_engine) as connection:
        ada_id = ada(connection)
        for name in ("orders", "check_in", "reach"):
            open_tasks(connection, [NewTask(ada_id, name, name, due_at=NOW)], now=NOW)  # type: ignore[arg-type]
        done = [record_note(connection, note(ada_id, kind), now=LATER) for _ in range(4)]
    assert [one.kind for one in done if one is not None] == closes


def test_a_call_settles_that_no_message_may_reach_the_customer(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        open_tasks(connection, [NewTask(ada_id, "reach", "Find a way", due_at=NOW)], now=NOW)
        closed = record_note(connection, note(ada_id, NoteKind.CALL), now=LATER)
    assert closed is not None
    assert closed.kind == "reach"


def test_a_waiver_is_kept_with_its_reason_and_settles_the_same(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        open_tasks(connection, [NewTask(ada_id, "reach", "Find a way", due_at=NOW)], now=NOW)
        waiver = note(ada_id, NoteKind.NOTE, text="On leave", waive_until=date(2027, 1, 10))
        closed = record_note(connection, waiver, now=LATER)
    assert closed is not None
    stored = _customer(engine)
    assert (stored.waived_until, stored.waiver) == (date(2027, 1, 10), "On leave")


def test_a_named_task_is_closed_whatever_its_kind(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        tasks = [NewTask(ada_id, "call", str(number), due_at=NOW) for number in range(2)]
        open_tasks(connection, tasks, now=NOW)
        newest = connection.execute(select(Task.id).order_by(Task.id.desc())).scalars().first()
        closed = record_note(connection, note(ada_id, NoteKind.NOTE, task_id=newest), now=LATER)
    assert closed is not None
    assert closed.title == "1"


async def test_a_note_does_not_say_what_became_of_a_message_in_doubt(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
    here = world(engine, settings, "  - {key: hello, channel: email, template: hello, day: 0}")
    here.email.answers = [Receipt(Answer.UNKNOWN)]
    await here.tick(NOW)
    assert reconcile(engine, now=NOW + timedelta(minutes=61)) == 1
    with reading(engine) as connection:
        ahead = upcoming(connection, ada_id, settings=settings, now=NOW)
    ((kind, task_id),) = [(one.kind, one.task_id) for one in ahead if one.kind != "plan"]
    assert kind == "to do"
    with writing(engine) as connection:
        assert record_note(connection, note(ada_id, NoteKind.NOTE), now=LATER) is None
    named = note(ada_id, NoteKind.NOTE, text="It arrived", task_id=task_id)
    with (
        pytest.raises(ReviewRefused, match=r"touchline review \d+ arrived"),
        writing(engine) as connection,
    ):
        record_note(connection, named, now=LATER)
    with reading(engine) as connection:
        ahead = upcoming(connection, ada_id, settings=settings, now=NOW)
    assert "to do" in [one.kind for one in ahead]


def test_another_customers_task_is_refused_and_nothing_is_kept(engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id, bob_id = ada(connection), bob(connection)
        row = {
            "customer_id": bob_id, "kind": "call", "title": "Call", "due_at": NOW,
            "state": "open", "opened_at": NOW,
        }  # fmt: skip
        task_id = connection.execute(insert(Task).values(row)).inserted_primary_key[0]
    wrong = note(ada_id, NoteKind.CALL, task_id=task_id)
    with pytest.raises(UnknownTask, match="no open task"), writing(engine) as connection:
        record_note(connection, wrong, now=LATER)
    assert _events(engine) == []


def _events(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(select(Event).where(Event.provider == "person")))


def _customer(engine: Engine) -> Row[Any]:
    with reading(engine) as connection:
        return connection.execute(select(Customer)).one()


def test_of_two_notes_at_once_one_closes_the_task(postgresql_engine: Engine) -> None:
    with writing(postgresql_engine) as connection:
        ada_id = ada(connection)
        tasks = [NewTask(ada_id, "call", title, due_at=NOW) for title in ("One", "Two")]
        open_tasks(connection, tasks, now=NOW)
    other = open_record(postgresql_engine.url.render_as_string(hide_password=False))
    closed: list[NotedTask | None] = []

    def noting() -> None:
        with writing(other) as connection:
            closed.append(record_note(connection, note(ada_id, NoteKind.CALL), now=LATER))

    meanwhile = Thread(target=noting)
    with writing(postgresql_engine) as connection:
        closed.append(record_note(connection, note(ada_id, NoteKind.CALL), now=LATER))
        meanwhile.start()
        while meanwhile.is_alive() and not connection.execute(WAITING).scalar_one():
            time.sleep(0.01)
    meanwhile.join(20)
    other.dispose()
    assert [one and one.title for one in closed] == ["One", "Two"]
