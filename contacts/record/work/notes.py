"""What a person says about a customer: a call, a visit, a letter, a note, a benefit, a waiver."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, case, select

from contacts.cadences.outcomes import Outcome
from contacts.record.customers.erasures import erased_at
from contacts.record.errors import (
    ErasedCustomer,
    NotedBefore,
    NoteRefused,
    ReviewRefused,
    UnknownTask,
)
from contacts.record.inserting import insert_into
from contacts.record.locks import hold_customers
from contacts.record.orders.benefits import UNTOLD, Worth, add_benefit
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Event, Task
from contacts.record.touches.outcomes import touched
from contacts.record.work.another_day import AnotherDay
from contacts.record.work.before_note import before_note
from contacts.record.work.tasks import NewTask, TaskKind, close_task, open_tasks, try_again
from contacts.record.work.waiving import waive
from contacts.wording import called, day_in_words

# Which open tasks a note settles, the first choice first. `reach` and `check_in` are "get in touch,
# or say why not"; what became of their orders has to be asked, which no letter does.
_SETTLES = {
    NoteKind.CALL: ("call", "reach", "check_in", "orders"),
    NoteKind.VISIT: ("visit", "reach", "check_in", "orders"),
    NoteKind.LETTER: ("letter", "reach", "check_in"),
    NoteKind.NOTE: ("reply",),
    NoteKind.BENEFIT: (),
}
_LONGEST_ID = 48
_SETTLED_BY_WAIVER = ("reach", "check_in")
_IN_TOUCH = (NoteKind.CALL, NoteKind.VISIT, NoteKind.LETTER)


@dataclass(frozen=True, slots=True)
class Note:
    customer_id: int
    kind: NoteKind
    text: str
    at: datetime
    task_id: int | None = None  # None: the oldest open task that such a note settles
    waive_until: date | None = None
    ends_waiver: bool = False
    result: Outcome | None = None
    again: AnotherDay | None = None
    """When to try again: until then the task stays open."""
    gives_up: bool = False
    """Nobody was there, and it is not tried again."""
    worth: Worth = UNTOLD
    """Of a benefit alone."""
    once: str = ""
    """What is the same when the same is said twice by mistake; empty: each time is a new one."""

    @property
    def is_contact(self) -> bool:
        return self.kind in _IN_TOUCH and (self.result is None or self.result.is_contact)

    @property
    def is_about_waiver(self) -> bool:
        return self.waive_until is not None or self.ends_waiver


@dataclass(frozen=True, slots=True)
class NotedTask:
    """The task that a note closed or, where there is a day for it, left open until then."""

    id: int
    kind: str
    title: str
    again_on: date | None = None


def record_note(connection: Connection, note: Note, *, now: datetime) -> NotedTask | None:
    """Store the note and what it changes; return the task that it closed or put off.

    Raises ErasedCustomer where nothing may be written down about the customer any more,
    NoteRefused for what does not go together, and NotedBefore for what was said already.
    """
    _refuse_of_erased(connection, note.customer_id)
    _refuse_what_contradicts(note)
    _refuse_half_a_waiver(note, now)
    task = _task(connection, note)
    before = before_note(connection, note.customer_id, task, waives=note.is_about_waiver)
    _store(connection, note, task, before, now=now)
    if note.is_contact:
        touched(connection, [note.customer_id], at=note.at)
    if note.is_about_waiver:
        why = note.text[:200] if note.waive_until else None
        waive(connection, note.customer_id, note.waive_until, why, now=now)
    if note.again is not None:
        return _put_off(connection, note, note.again, task, now=now)
    if task is None:
        return None
    closed = close_task(connection, task.id, note.text, result=note.result, now=note.at)
    if not closed and note.task_id is not None:
        raise UnknownTask(f"task {task.id} was done at this moment by somebody else")
    return NotedTask(task.id, task.kind, task.title)


def _store(
    connection: Connection,
    note: Note,
    task: Row[Any] | None,
    before: dict[str, Any],
    *,
    now: datetime,
) -> None:
    if note.kind is NoteKind.BENEFIT:
        once = _once(note.once)[:_LONGEST_ID] if note.once else ""
        add_benefit(connection, note.customer_id, note.text, note.worth, at=note.at, once=once)
        return
    event = {
        "provider": "person",
        "event_id": _once(note.once) if note.once else uuid4().hex,
        "kind": note.kind.value,
        "customer_id": note.customer_id,
        "touch_id": task.touch_id if task is not None else None,
        "occurred_at": note.at,
        "received_at": now,
        "detail": note.text,
        "payload": _payload(note, before),
    }
    # Of two at the same time the second waits here, and finds that the first was faster.
    new = insert_into(connection.dialect.name, Event).values(event).on_conflict_do_nothing()
    if connection.execute(new.returning(Event.id)).first() is None:
        raise NotedBefore(f"it is written down already about customer {note.customer_id}")


def _payload(note: Note, before: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {"before": before}
    if note.result:
        payload["result"] = note.result
    if note.is_about_waiver:
        payload["waives"] = note.waive_until.isoformat() if note.waive_until else None
    return payload


def noted_as(connection: Connection, once: str) -> int | None:
    """The event of the note that said so of itself; None where none was stored."""
    said = select(Event.id).where(Event.provider == "person", Event.event_id == _once(once))
    return connection.execute(said).scalar()


def _once(said: str) -> str:
    return f"once:{sha256(said.encode()).hexdigest()}"


def _refuse_of_erased(connection: Connection, customer_id: int) -> None:
    # Else they may be erased before the note lands, or two notes may close the same task.
    hold_customers(connection, [customer_id])
    if (at := erased_at(connection, customer_id)) is not None:
        raise ErasedCustomer(
            f"the data of customer {customer_id} were erased on {at:%Y-%m-%d}; nothing more is "
            "written down about them"
        )


def _refuse_what_contradicts(note: Note) -> None:
    if note.result is not None and note.kind not in _IN_TOUCH:
        raise NoteRefused(
            f"what came of it is said of a call, a visit or a letter, not of a {note.kind}",
            "result",
        )
    if note.kind is NoteKind.BENEFIT and note.task_id is not None:
        raise NoteRefused(
            "a benefit is no contact and settles no task: log it without one, and what you did "
            "for the task as a call, a visit, a letter or a note"
        )
    if note.gives_up and note.again is not None:
        raise NoteRefused("either it is tried on another day, or not again: say one", "again_on")
    if note.again is None:
        if note.result is Outcome.ASKED_TO_CALL_BACK:
            raise NoteRefused("they asked us to call back: say on which day", "again_on")
        return
    if note.kind is NoteKind.LETTER or note.result is None or not note.result.may_be_tried_again:
        tried = ", ".join(one for one in Outcome if one.may_be_tried_again)
        raise NoteRefused(
            f"only a call or a visit is tried on another day, after {tried}", "again_on"
        )


def _refuse_half_a_waiver(note: Note, now: datetime) -> None:
    if note.waive_until is None:
        return
    if note.ends_waiver:
        raise NoteRefused(
            "either they are left alone until a day, or no longer: say one", "waive_until"
        )
    if note.waive_until <= now.date():
        raise NoteRefused(
            f"nobody is left alone until {day_in_words(note.waive_until)}: name a day ahead",
            "waive_until",
        )
    if not note.text:
        raise NoteRefused("say in words why nobody need keep in touch", "text")


def _put_off(
    connection: Connection, note: Note, again: AnotherDay, task: Row[Any] | None, *, now: datetime
) -> NotedTask:
    """Leave the task open until the end of that day; where there is none, open one."""
    if task is None:
        customer = connection.execute(_WHO, {"customer": note.customer_id}).one()
        title = f"{note.kind.capitalize()} {called(customer) or 'customer'} again"
        kind: TaskKind = "visit" if note.kind is NoteKind.VISIT else "call"
        wanted = NewTask(note.customer_id, kind, title, again.due_at, brief=note.text)
        open_tasks(connection, [wanted], now=now)
        task = connection.execute(_NEWEST, {"customer": note.customer_id}).one()
    assert note.result is not None  # noqa: S101  # what contradicts was refused
    try_again(connection, task.id, note.result, due_at=again.due_at, now=now)
    return NotedTask(task.id, task.kind, task.title, again_on=again.on)


def _task(connection: Connection, note: Note) -> Row[Any] | None:
    of_customer = select(Task).where(Task.customer_id == note.customer_id, Task.state == "open")
    if note.task_id is not None:
        found = connection.execute(of_customer.where(Task.id == note.task_id)).one_or_none()
        if found is None:
            raise UnknownTask(
                f"customer {note.customer_id} has no open task {note.task_id}; "
                f"'touchline timeline {note.customer_id}' names the open ones"
            )
        if found.kind == "review":
            raise ReviewRefused(
                f"task {note.task_id} asks whether a message arrived; answer it with "
                f"'touchline review {found.touch_id} arrived' or '… resend'"
            )
        if found.kind == "decide":
            raise ReviewRefused(
                f"task {note.task_id} asks what an answer meant; say it with "
                f"'touchline review {found.id} go-on', '… stop' or '… stop-all'"
            )
        return found
    settles = _SETTLES[note.kind] + (_SETTLED_BY_WAIVER if note.waive_until is not None else ())
    if not settles:
        return None
    rank = case({kind: place for place, kind in enumerate(settles)}, value=Task.kind)
    chosen = of_customer.where(Task.kind.in_(settles)).order_by(rank, Task.opened_at, Task.id)
    return connection.execute(chosen.limit(1)).one_or_none()


_WHO = select(Customer.first_name, Customer.last_name, Customer.company).where(
    Customer.id == bindparam("customer")
)
_NEWEST = (
    select(Task)
    .where(Task.customer_id == bindparam("customer"), Task.state == "open")
    .order_by(Task.id.desc())
    .limit(1)
)
