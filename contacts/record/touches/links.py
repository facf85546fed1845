"""Where the links of our mails point: stored when the mail is, and followed to no other place.

A target outlives the words of its mail, for people keep mails; it goes when its customer is erased.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, ForeignKey, Integer, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base
from contacts.record.contact import ATTEMPT_ID, Attempt, Event
from contacts.record.people import Customer


class Link(Base):
    """One link of one mail."""

    __tablename__ = "links"

    attempt_id: Mapped[str] = mapped_column(ATTEMPT_ID, ForeignKey("attempts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """In the order of the mail, from 0."""
    target: Mapped[str] = mapped_column(Text)


class Known(NamedTuple):
    """A link that is on record."""

    attempt_id: str
    number: int
    target: str
    customer_id: int
    attributes: Mapping[str, str]  # of the customer
    answered_at: datetime | None  # when the provider took the mail


def keep_links(connection: Connection, targets: Mapping[str, Sequence[str]]) -> None:
    """Store what the links of these attempts point at."""
    rows = [
        {"attempt_id": attempt_id, "number": number, "target": target}
        for attempt_id, links in targets.items()
        for number, target in enumerate(links)
    ]
    if rows:
        connection.execute(insert(Link), rows)


def known_link(connection: Connection, attempt_id: str, number: int) -> Known | None:
    query = (
        select(
            Link.attempt_id,
            Link.number,
            Link.target,
            Attempt.customer_id,
            Customer.attributes,
            Attempt.answered_at,
        )
        .join(Attempt, Attempt.id == Link.attempt_id)
        .join(Customer, Customer.id == Attempt.customer_id)
        .where(Link.attempt_id == attempt_id, Link.number == number)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Known(*row)


def heard_since(connection: Connection, link: Known, since: datetime) -> Sequence[Any]:
    """What was told of the link's mail from an instant on."""
    query = select(Event.id, Event.kind, Event.detail, Event.occurred_at).where(
        Event.customer_id == link.customer_id,
        Event.occurred_at >= since,
        Event.attempt_id == link.attempt_id,
    )
    return connection.execute(query).all()


def rename(connection: Connection, events: Sequence[int], kind: str) -> None:
    """Say of these events that they were of another kind."""
    if events:
        connection.execute(update(Event).where(Event.id.in_(events)).values(kind=kind))
