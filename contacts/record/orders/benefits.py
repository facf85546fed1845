"""What customers got from us and may not have noticed, kept to remind them of it at renewal."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.benefits import BenefitKind
from contacts.cadences.calendar import local_date
from contacts.record.base import Base, Key
from contacts.record.dealings import Money
from contacts.record.errors import NotedBefore
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.people import Customer

LONGEST = 500
"""Characters of one benefit's words: it is a line of a mail."""
_LOGGED = "log"


class Benefit(Base):
    __tablename__ = "benefits"
    __table_args__ = (
        Index("ix_benefits_customer", "customer_id", "given_on"),
        CheckConstraint("(worth IS NULL) = (currency IS NULL)", name="worth_has_currency"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    benefit_id: Mapped[str] = mapped_column(String(64), unique=True)
    """The business's own number; one of our making where a person logged it."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    given_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(8), default="extra")
    text: Mapped[str] = mapped_column(Text)
    worth: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(3))
    hours: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    source: Mapped[str] = mapped_column(String(8), default="import")
    """import, or person: somebody logged it."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What kind of benefit it was, and what it was worth where that is known."""

    kind: BenefitKind = BenefitKind.EXTRA
    amount: Decimal | None = None
    currency: str | None = None
    hours: Decimal | None = None


UNTOLD = Worth()
"""Nothing is known but that it was an extra."""


def add_benefit(  # what is kept of it, by name
    connection: Connection,
    customer_id: int,
    text: str,
    worth: Worth,
    *,
    at: datetime,
    once: str = "",
) -> None:
    """Store a benefit that a person tells of, given on the customer's day of this instant.

    Raises NotedBefore for one that says `once` what another has said.
    """
    zone = connection.execute(select(Customer.timezone).where(Customer.id == customer_id))
    row = {
        "benefit_id": f"{_LOGGED}:{once or uuid4().hex}",
        "customer_id": customer_id,
        "given_on": _day_of(at, zone.scalar_one()),
        "kind": worth.kind.value,
        "text": " ".join(text.split()),
        "worth": worth.amount,
        "currency": worth.currency,
        "hours": worth.hours,
        "source": "person",
    }
    new = insert_into(connection.dialect.name, Benefit).values(row).on_conflict_do_nothing()
    if connection.execute(new.returning(Benefit.id)).first() is None:
        raise NotedBefore(f"it is written down already about customer {customer_id}")


def benefits_of(connection: Connection, customer_id: int) -> Iterator[Any]:
    """Rows of everything that the customer got, the oldest first."""
    query = select(Benefit).where(Benefit.customer_id == customer_id)
    yield from connection.execute(query.order_by(Benefit.given_on, Benefit.id))


def _day_of(at: datetime, zone: str) -> date:
    try:
        return local_date(at, zone)
    except ValueError:  # a zone that this machine does not know
        return at.date()


def benefits_by_customer(
    connection: Connection, customer_ids: Collection[int]
) -> dict[int, list[Any]]:
    """The benefits of these customers, the oldest first; nobody without any is in it."""
    found: dict[int, list[Any]] = {}
    for row in connection.execute(_OF_MANY, {"customers": customer_ids}):
        found.setdefault(row.customer_id, []).append(row)
    return found


def worth_in_words(worth: Any) -> str:
    """What stands beside a benefit: its kind, hours and money, as far as they are known."""
    parts = [
        worth.kind,
        f"{worth.hours.normalize():f} h" if worth.hours is not None else "",
        f"{worth.worth} {worth.currency}" if worth.worth is not None else "",
    ]
    return ", ".join(part for part in parts if part)


_OF_MANY = (
    select(Benefit)
    .where(one_of(Benefit.customer_id, "customers"))
    .order_by(Benefit.given_on, Benefit.id)
)
