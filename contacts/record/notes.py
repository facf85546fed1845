"""What a person says about a customer: a call, a visit, a letter, a note, a benefit, a waiver."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, case, insert, select, update

from contacts.record.erasures import erased_at
from contacts.record.errors import ErasedCustomer, ReviewRefused, UnknownTask
from contacts.record.locks import pin_customers
from contacts.record.outcomes import touched
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Event, Task
from contacts.record.tasks import close_task

# Which open tasks a note settles, the first choice first. `reach` and `check_in` are "get in touch,
# or say why not"; what became of their orders has to be asked, which no letter does.
_SETTLES = {
    NoteKind.CALL: ("call", "reach", "check_in", "orders"),
    NoteKind.VISIT: ("visit", "reach", "check_in", "orders"),
    NoteKind.LETTER: ("letter", "reach", "check_in"),
    NoteKind.NOTE: ("reply",),
    NoteKind.BENEFIT: (),
}
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


@dataclass(frozen=True, slots=True)
class ClosedTask:
    id: int
    kind: str
    title: str


def record_note(connection: Connection, note: Note, *, now: datetime) -> ClosedTask | None:
    """Store the note and what it changes; return the task that it closed.

    Raises ErasedCustomer where nothing may be written down about the customer any more.
    """
    _refuse_of_erased(connection, note.customer_id)
    task = _task(connection, note)
    event = {
        "provider": "person",
        "event_id": uuid4().hex,
        "kind": note.kind.value,
        "customer_id": note.customer_id,
        "touch_id": task.touch_id if task is not None else None,
        "occurred_at": note.at,
        "received_at": now,
        "detail": note.text,
    }
    connection.execute(insert(Event).values(event))
    if note.kind in _IN_TOUCH:
        touched(connection, [note.customer_id], at=note.at)
    if note.waive_until is not None:
        connection.execute(
            update(Customer)
            .where(Customer.id == note.customer_id)
            .values(waived_until=note.waive_until, waiver=note.text[:200], updated_at=now)
        )
    if task is None:
        return None
    close_task(connection, task.id, note.text, now=note.at)
    return ClosedTask(task.id, task.kind, task.title)


def _refuse_of_erased(connection: Connection, customer_id: int) -> None:
    pin_customers(connection, [customer_id])  # else one may be erased before the note lands
    if (at := erased_at(connection, customer_id)) is not None:
        raise ErasedCustomer(
            f"the data of customer {customer_id} were erased on {at:%Y-%m-%d}; nothing more is "
            "written down about them"
        )


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
