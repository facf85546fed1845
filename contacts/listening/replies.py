"""What an answer in words changes: the customer was in touch, and the owner has something to do."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from contacts.channels.incoming import EventKind
from contacts.listening.store import Heard
from contacts.record.locks import hold_customers
from contacts.record.tables import Customer
from contacts.record.touches.going_on import stop_enrolments
from contacts.record.touches.outcomes import touched
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.wording import called

_ANSWER_WITHIN = timedelta(days=1)
_CHANNELS = {"email": "e-mail", "sms": "SMS"}


def hear(connection: Connection, one: Heard, *, now: datetime) -> None:
    """An answer: cadences that stop on a reply stop, and the owner gets the words.

    While one that may mean "stop" is open, no touch of its customer's passes the gate.
    """
    customer_id = one.match.customer_id
    if customer_id is None:
        return
    stop_enrolments(connection, customer_id, event="reply", now=now)
    if one.event.unclear:
        ask(connection, one, now=now)
    else:
        answer_task(connection, one, now=now)


def hear_beside_a_stop(connection: Connection, one: Heard, *, now: datetime) -> None:
    """What was asked together with a wish to stop is an answer as well, and wants one.

    Also where the wish itself is for a person to read: deciding it answers nothing.
    """
    if one.match.customer_id is not None:
        stop_enrolments(connection, one.match.customer_id, event="reply", now=now)
        _open(connection, one, "reply", now, is_second=one.event.unclear)


def ask(connection: Connection, one: Heard, *, now: datetime) -> None:
    """Have the owner say what these words ask for, and let nothing leave before."""
    if one.match.customer_id is not None:
        hold_customers(connection, [one.match.customer_id])
        _open(connection, one, "decide", now)


def answer_task(connection: Connection, one: Heard, *, now: datetime) -> None:
    """Hand the customer's words to their owner."""
    if one.match.customer_id is not None:
        _open(connection, one, "reply", now)


def _open(
    connection: Connection,
    one: Heard,
    kind: Literal["reply", "decide"],
    now: datetime,
    *,
    is_second: bool = False,
) -> None:
    customer_id = one.match.customer_id or 0
    touched(connection, [customer_id], at=one.at)
    task = NewTask(
        customer_id=customer_id,
        kind=kind,
        title=_title(one, kind, _name(connection, customer_id)),
        due_at=now + _ANSWER_WITHIN,
        brief=one.event.detail,
        event_id=None if is_second else one.id,  # an event is of one task
    )
    open_tasks(connection, [task], now=now)


def _title(one: Heard, kind: Literal["reply", "decide"], name: str) -> str:
    by = _CHANNELS.get(one.event.channel, one.event.channel)
    if one.event.kind is EventKind.OPTED_OUT and kind == "reply":
        return f"{name} stopped {by} and asks something: answer, but not by {by}"
    if one.event.kind is EventKind.OPTED_OUT:
        return f"{name} stopped {by} and may mean more: read it and decide"
    if one.event.unclear:
        return f"{name} may want us to stop: read this {by} reply and decide"
    if one.event.kind is EventKind.HELP:
        return f"{name} asks for help by {by}"
    return f"Answer {name}, who replied by {by}"


def _name(connection: Connection, customer_id: int) -> str:
    row = connection.execute(
        select(Customer.first_name, Customer.last_name, Customer.company).where(
            Customer.id == customer_id
        )
    ).one()
    return called(row) or f"Customer {customer_id}"
