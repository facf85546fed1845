"""Answers that may ask us to stop: until a person has read one, its customer gets nothing.

Callers own the transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import starmap
from typing import Any

from sqlalchemy import Connection, select, update

from contacts.cadences.reasons import Reason
from contacts.record.consent.optout import BY_SMS, Said, opt_out
from contacts.record.errors import ReviewRefused
from contacts.record.locks import hold_customers
from contacts.record.many import constant, one_of
from contacts.record.phrases import channel as channel_words
from contacts.record.tables import Customer, Event, OwnerRow, Task
from contacts.record.touches.waiting import no_longer_for
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.wording import called

KIND = "decide"
"""Of the task that asks; while one is open its customer's touches wait at the gate."""
_WRITTEN = ("email", "sms")
_ANSWER_WITHIN = timedelta(days=1)


class Meant(StrEnum):
    """What a person makes of such an answer."""

    GO_ON = "go-on"  # it asked for nothing
    STOP = "stop"  # it asked to stop the channel it came by
    STOP_EMAIL = "stop-email"
    STOP_SMS = "stop-sms"
    STOP_ALL = "stop-all"  # it asked to stop e-mail and SMS


_OUTCOMES = {
    Meant.GO_ON: "Go on: nothing was to stop.",
    Meant.STOP: "Stopped, as the customer asked.",
    Meant.STOP_EMAIL: "E-mail stopped, as the customer asked.",
    Meant.STOP_SMS: "SMS stopped, as the customer asked.",
    Meant.STOP_ALL: "Stopped on every channel, as the customer asked.",
}


@dataclass(frozen=True, slots=True)
class Unclear:
    task_id: int
    customer_id: int
    first_name: str
    last_name: str
    company: str
    owner: str | None
    channel: str
    words: str
    heard_at: datetime
    title: str

    @property
    def customer(self) -> str:
        return called(self) or f"customer {self.customer_id}"


def undecided(connection: Connection, customer_ids: Collection[int]) -> set[int]:
    """Those of the customers whose answer nobody has read yet; one look at the open tasks each."""
    return set(connection.execute(_UNDECIDED, {"customers": customer_ids}).scalars())


def unclear_answers(connection: Connection) -> list[Unclear]:
    """Every answer that waits for a person, the longest first."""
    rows = connection.execute(
        select(
            Task.id, Task.customer_id, Customer.first_name, Customer.last_name, Customer.company,
            OwnerRow.name, Event.channel, Task.brief, Task.opened_at, Task.title,
        )
        .join(Customer, Customer.id == Task.customer_id)
        .join(Event, Event.id == Task.event_id)
        .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
        .where(Task.kind == KIND, Task.state == "open")
        .order_by(Task.opened_at, Task.id)
    )  # fmt: skip
    return list(starmap(Unclear, rows))


def decide_answer(
    connection: Connection, task_id: int, meant: Meant, *, settings: Settings, now: datetime
) -> bool:
    """A person says what an answer meant; what waited goes on, or its channel stops.

    False where the same was said before. Raise ReviewRefused where nobody asks.
    """
    hold_customers(connection, [_task(connection, task_id).customer_id], by_number=True)
    task = _task(connection, task_id)  # as it is now: two may have said something at once
    if task.state == "done":
        if task.outcome == _OUTCOMES[meant]:
            return False
        raise ReviewRefused(f"answer {task_id} was decided before: {task.outcome}")
    decided = connection.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == "open")  # somebody else may be deciding it
        .values(state="done", outcome=_OUTCOMES[meant], closed_at=now)
    )
    if decided.rowcount == 0:
        raise ReviewRefused(f"answer {task_id} was decided at this moment by somebody else")
    if meant is Meant.GO_ON:
        _have_answered(connection, task, now)
    for channel in _stopped(meant, task.channel):
        opt_out(connection, _said(task, channel, now), settings=settings, now=now)
    if task.customer_id not in undecided(connection, [task.customer_id]):
        no_longer_for(connection, task.customer_id, Reason.UNCLEAR, now=now)
    return True


def _task(connection: Connection, task_id: int) -> Any:
    task = connection.execute(
        select(
            Task.id, Task.customer_id, Task.state, Task.outcome, Task.brief, Event.channel,
            Customer.first_name, Customer.last_name, Customer.company,
        )
        .join(Customer, Customer.id == Task.customer_id)
        .join(Event, Event.id == Task.event_id)
        .where(Task.id == task_id, Task.kind == KIND)
    ).one_or_none()  # fmt: skip
    if task is None:
        raise ReviewRefused(
            f"no answer {task_id} waits for a person; 'touchline review' lists those that do"
        )
    return task


def _have_answered(connection: Connection, task: Any, now: datetime) -> None:
    """What asked for nothing to stop may have asked for something else."""
    name, by = called(task) or f"customer {task.customer_id}", channel_words(task.channel)
    title = f"Answer {name}, who replied by {by}"
    answer = NewTask(task.customer_id, "reply", title, now + _ANSWER_WITHIN, brief=task.brief)
    open_tasks(connection, [answer], now=now)


def _stopped(meant: Meant, heard_by: str) -> Collection[str]:
    by_word: dict[Meant, Collection[str]] = {
        Meant.GO_ON: (),
        Meant.STOP_EMAIL: ("email",),
        Meant.STOP_SMS: ("sms",),
        Meant.STOP_ALL: _WRITTEN,
    }
    return by_word.get(meant, (heard_by,))


def _said(task: Any, channel: str, now: datetime) -> Said:
    """What was asked by SMS keeps the words by which START lifts it again."""
    source = BY_SMS if task.channel == "sms" else "by e-mail"
    return Said(
        channel=channel,
        customer_id=task.customer_id,
        address=None,  # whatever they are reached at now
        source=f"{source}, as a person read it",
        evidence=f"task {task.id}",
        at=now,
    )


_UNDECIDED = select(Task.customer_id).where(
    one_of(Task.customer_id, "customers"), Task.state == constant("open"), Task.kind == KIND
)
