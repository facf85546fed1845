"""A book of customers, and what is open for them, goes from one owner to another at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    insert,
    literal,
    select,
    true,
    update,
)

from contacts.record.book.handed import Handed
from contacts.record.errors import OwnerRefused
from contacts.record.inserting import insert_into
from contacts.record.locks import hold_imports
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Event, OwnerRow, Task

KIND = "handed_over"
"""The event on each customer's timeline."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Whose customers go to whom: all of them, or those of these ids."""

    from_id: int | None  # None: those who have no owner
    to_id: int
    customer_ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    customers: int
    tasks: int  # open ones that went with them


def hand_over(connection: Connection, asked: HandOver, *, now: datetime) -> HandedOver:
    """Give the customers and their open tasks to the other owner, and note it on each timeline.

    The customers' file does not take it back until it says something new. Raises OwnerRefused where
    one of the ids is not that owner's customer.
    """
    if asked.from_id == asked.to_id:
        raise OwnerRefused("these customers are that owner's already; name another one")
    hold_imports(connection)
    theirs = _theirs(asked)
    given = {"customers": list(asked.customer_ids or ())}
    # Customers before their tasks, as whoever notes something about them: else each could wait
    # for the other.
    connection.execute(
        select(Customer.id).where(theirs).order_by(Customer.id).with_for_update(), given
    )
    if asked.customer_ids is not None:
        _refuse_others(connection, asked)
    _note(connection, asked, theirs, given, now)
    _keep_from_file(connection, asked, theirs, given, now)
    tasks = connection.execute(
        update(Task)
        .where(
            Task.state == constant("open"),
            Task.customer_id.in_(select(Customer.id).where(theirs)),
        )
        .values(owner_id=asked.to_id, escalated=0, escalated_at=None),
        given,
    )
    customers = connection.execute(
        update(Customer).where(theirs).values(owner_id=asked.to_id, updated_at=now), given
    )
    return HandedOver(customers.rowcount, tasks.rowcount)


def tasks_follow(connection: Connection, customer_ids: Collection[int]) -> None:
    """What is open for them is their owner's of now, who has not been told that it is late."""
    owner = select(Customer.owner_id).where(Customer.id == Task.customer_id).scalar_subquery()
    connection.execute(
        update(Task)
        .where(Task.state == constant("open"), one_of(Task.customer_id, "customers"))
        .values(owner_id=owner, escalated=0, escalated_at=None),
        {"customers": customer_ids},
    )


def _theirs(asked: HandOver) -> ColumnElement[bool]:
    """Those who go over; of those whom nobody has, only whom we keep in touch with."""
    owned = (
        and_(Customer.owner_id.is_(None), Customer.active.is_(true()))
        if asked.from_id is None
        else Customer.owner_id == asked.from_id
    )
    return owned if asked.customer_ids is None else and_(owned, one_of(Customer.id, "customers"))


def _refuse_others(connection: Connection, asked: HandOver) -> None:
    ids = set(asked.customer_ids or ())
    found = select(Customer.id).where(_theirs(asked))
    others = ids - set(connection.execute(found, {"customers": list(ids)}).scalars())
    if others:
        named = ", ".join(map(str, sorted(others)[:5])) + (" …" if len(others) > 5 else "")
        whose = "without an owner" if asked.from_id is None else "of that owner"
        raise OwnerRefused(f"not a customer {whose}: {named}; nothing was handed over")


def _note(
    connection: Connection,
    asked: HandOver,
    theirs: ColumnElement[bool],
    given: dict[str, Any],
    now: datetime,
) -> None:
    """One event for each customer, by a person; its id is the hand-over's with the customer's."""
    names = dict(connection.execute(select(OwnerRow.id, OwnerRow.name)).all())
    before = names[asked.from_id] if asked.from_id is not None else "nobody"
    at = bindparam("at", now, type_=Event.occurred_at.type)
    rows = select(
        literal("person"),
        literal(f"{uuid4().hex}:") + cast(Customer.id, String),
        literal(KIND),
        literal(""),
        Customer.id,
        at,
        at,
        literal(f"from {before} to {names[asked.to_id]}"),
    ).where(theirs)
    columns = [
        "provider", "event_id", "kind", "channel", "customer_id", "occurred_at", "received_at",
        "detail",
    ]  # fmt: skip
    connection.execute(insert(Event).from_select(columns, rows), given)


def _keep_from_file(
    connection: Connection,
    asked: HandOver,
    theirs: ColumnElement[bool],
    given: dict[str, Any],
    now: datetime,
) -> None:
    """Remember what the file says; of those who were handed over before it says so since then."""
    at = bindparam("at", now, type_=Handed.at.type)
    rows = select(Customer.id, Customer.owner_id, at).where(theirs)
    statement = insert_into(connection.dialect.name, Handed).from_select(
        ["customer_id", "file_owner_id", "at"], rows
    )
    statement = statement.on_conflict_do_update(
        index_elements=[Handed.customer_id], set_={"at": statement.excluded.at}
    )
    connection.execute(statement, given)
