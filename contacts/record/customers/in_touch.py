"""Contact with a customer: what counts as one, and what no longer does once a message failed.

A message counts from the moment the provider has it, for most arrive and many mail systems never
say so. One that bounced, was dropped or could not be delivered reached nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
    update,
)

from contacts.cadences.outcomes import Outcome
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Event, Task, Touch

SENT = ("accepted", "delivered")
FAILED = ("bounced", "dropped", "undelivered")
"""States of messages that may have reached their customer, and that are known not to have."""
BY_HAND = ("call", "visit", "letter")
"""What a person logs that was a contact, unless nobody was reached; a note is none by itself."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A call, a visit or a letter that reached its customer."""

    kind: str
    at: datetime


def last_by_hand(connection: Connection, customer_ids: Collection[int]) -> dict[int, ByHand]:
    """The last of each customer that counts as a contact."""
    rows = connection.execute(_BY_HAND, {"customers": customer_ids})
    return {row.customer_id: ByHand(row.kind, row.occurred_at) for row in rows}


def forget_failed(connection: Connection, customer_ids: Collection[int]) -> None:
    """Take back the last contact of those for whom it was a message that failed after all.

    What was the last contact before it counts again: another message, a task that was done, a call
    that was logged, or words from them.
    """
    if customer_ids:
        connection.execute(_FORGET, {"customers": customer_ids})


def forget_slip(
    connection: Connection, customer_id: int, *, at: datetime, before: datetime | None
) -> None:
    """Take back a last contact of this instant, which a person logged by a slip.

    The one before it counts again, or another that came in since.
    """
    last = connection.execute(_LAST, {"customer": customer_id}).one()
    if last.counts != at:
        return
    known = [one for one in (before, last.found) if one is not None]
    back = update(Customer).where(Customer.id == customer_id)
    connection.execute(back.values(last_contact_at=max(known, default=None)))
    forget_failed(connection, [customer_id])


def _in_states(states: Collection[str]) -> ColumnElement[bool]:
    return Touch.state.in_([constant(state) for state in states])


_THEIRS = Touch.customer_id == Customer.id
_HEARD = case((Event.occurred_at < Event.received_at, Event.occurred_at), else_=Event.received_at)
_MESSAGES = select(Touch.made_at.label("at")).where(_THEIRS, _in_states(SENT))
_RESULT = Event.payload["result"].as_string()
IS_GOOD = Event.payload["taken_back"].as_string().is_(None)
"""Whether what a person logged was not taken back as a slip."""
_IS_BY_HAND = and_(
    Event.provider == constant("person"),
    IS_GOOD,
    Event.kind.in_([constant(kind) for kind in BY_HAND]),
    or_(_RESULT.is_(None), _RESULT.in_([constant(one) for one in Outcome if one.is_contact])),
)
_LOGGED = select(Event.occurred_at).where(Event.customer_id == Customer.id, _IS_BY_HAND)
_BY_HAND = (
    select(Event.customer_id, Event.kind, Event.occurred_at)
    .where(one_of(Event.customer_id, "customers"), _IS_BY_HAND)
    .order_by(Event.occurred_at)
)
# Words of theirs become a task for the owner, whose answer is a contact too.
_WORDS, _ANSWERS = (
    select(at).where(Event.customer_id == Customer.id, Task.event_id == Event.id)
    for at in (_HEARD, Task.closed_at)
)
_CONTACTS = union_all(
    *(one.correlate(Customer) for one in (_MESSAGES, _LOGGED, _WORDS, _ANSWERS))
).subquery()
_LAST = select(
    Customer.last_contact_at.label("counts"),
    select(func.max(_CONTACTS.c.at)).scalar_subquery().label("found"),
).where(Customer.id == bindparam("customer"))
_FORGET = (
    update(Customer)
    .where(
        one_of(Customer.id, "customers"),
        select(Touch.id)
        .where(_THEIRS, _in_states(FAILED), Touch.made_at == Customer.last_contact_at)
        .correlate(Customer)
        .exists(),
    )
    .values(last_contact_at=select(func.max(_CONTACTS.c.at)).scalar_subquery())
)
