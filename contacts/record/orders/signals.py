"""What was noticed about customers and may need an answer: raised once, cleared when it is over.

How they come and go is in contacts/record/orders/signal_moves.py. Callers own the transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Double,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.calendar import local_date
from contacts.cadences.signals import GROWING
from contacts.cadences.timezones import is_zone
from contacts.record.base import Base, Key
from contacts.record.contact import Enrolment
from contacts.record.many import constant, one_of
from contacts.record.people import Customer, OwnerRow
from contacts.wording import called

TRIGGER = "signal:"
"""How the trigger of an enrolment begins that a signal started; the signal's id follows."""
_OPEN = text("cleared_at IS NULL")


class Signal(Base):
    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "key"),
        Index("ix_signals_open", "customer_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(24))
    """A SignalKind."""
    key: Mapped[str] = mapped_column(String(32))
    """What it is about, so that it is raised once: the day of the order before a silence."""
    reason: Mapped[str] = mapped_column(Text)
    """A sentence for the owner."""
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The numbers of that sentence."""
    weight: Mapped[float] = mapped_column(Double)
    """0 to 1: where it stands in the list of work, the highest first."""
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    """The task that it opened."""


@dataclass(frozen=True, slots=True)
class OpenSignal:
    id: int
    customer_id: int
    customer: str
    timezone: str
    """The customer's."""
    owner: str | None
    kind: str
    reason: str
    weight: float
    figures: Mapping[str, Any]
    raised_at: datetime
    noticed_on: date
    """The day of `raised_at` by the clock of the business, by which its orders are looked at."""
    told_on: date | None
    """The later day of which the reason speaks, where it was told anew since."""
    task_id: int | None

    @property
    def is_slipping(self) -> bool:
        """Whether the customer may be going away, and not only changing."""
        return self.kind not in GROWING


@dataclass(frozen=True, slots=True)
class Such:
    """Of which open signals a list is; None stands for all."""

    owner_ids: Collection[int] | None = None
    kinds: Collection[str] | None = None
    since: datetime | None = None
    """When they were raised at the earliest."""


def open_signals(
    connection: Connection,
    *,
    zone: str,
    such: Such | None = None,
    customer_id: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[OpenSignal]:
    """What is noticed and not over, the weightiest first; of one customer alone, where named.

    `zone` is that of the business.
    """
    query = _LISTED.where(*_being(such or Such()))
    if customer_id is not None:
        query = query.where(Signal.customer_id == customer_id)
    rows = connection.execute(query.limit(limit).offset(offset))
    return [
        OpenSignal(
            id=row.id,
            customer_id=row.customer_id,
            customer=called(row) or row.email or f"customer {row.customer_id}",
            timezone=row.timezone,
            owner=row.owner,
            kind=row.kind,
            reason=row.reason,
            weight=row.weight,
            figures=row.figures,
            raised_at=row.raised_at,
            noticed_on=_noticed_on(row, zone),
            told_on=told_on(row, zone),
            task_id=row.task_id,
        )
        for row in rows
    ]


def count_open(connection: Connection, such: Such | None = None) -> dict[str, int]:
    """How many such signals are open, by kind."""
    query = (
        select(Signal.kind, func.count())
        .join(Customer, Customer.id == Signal.customer_id)
        .where(Signal.cleared_at.is_(None), *_being(such or Such()))
    )
    return dict(connection.execute(query.group_by(Signal.kind)).all())


def signals_of(connection: Connection, customer_id: int) -> Sequence[Any]:
    """Rows of everything that was ever noticed about a customer, oldest first."""
    query = (
        select(Signal, Customer.timezone)
        .join(Customer, Customer.id == Signal.customer_id)
        .where(Signal.customer_id == customer_id)
    )
    return connection.execute(query.order_by(Signal.raised_at, Signal.id)).all()


def told_on(row: Any, zone: str) -> date | None:
    """The day of which a signal's reason speaks; None where it was noticed on that, in this zone.

    A silence is told anew as it grows: the sentence then counts its days up to another day than the
    first.
    """
    days = row.figures.get("silent_days")
    if not isinstance(days, int):
        return None
    on = date.fromisoformat(row.key) + timedelta(days=days)
    return on if on > _noticed_on(row, zone) else None


def earlier_signals(
    connection: Connection, customer_ids: Collection[int]
) -> dict[tuple[int, str], Any]:
    """By customer and kind, the last signal raised: key, figures, raised_at, cleared_at."""
    rows = connection.execute(_EARLIER, {"customers": customer_ids})
    return {(row.customer_id, row.kind): row for row in rows}


def all_open(connection: Connection) -> Iterator[Any]:
    """Rows of every open signal: id, customer_id, kind, key, figures, raised_at."""
    yield from connection.execute(_ALL_OPEN)


def untaken(
    connection: Connection, *, taken_kinds: Collection[str], raised_by: datetime, limit: int
) -> Sequence[Any]:
    """Open signals that neither a cadence nor a task took: id, customer_id, kind, reason, owner.

    Of `taken_kinds`, which some cadence starts on, those alone that were raised by an instant: it
    had its time to take them. A firm one whose cadence is over is taken no more.
    """
    asked = {"kinds": taken_kinds, "raised_by": raised_by, "most": limit}
    return connection.execute(_UNTAKEN, asked).all()


def link_tasks(connection: Connection, tasks: Mapping[int, int]) -> None:
    """Note which task each signal opened, by the signal's id."""
    if tasks:
        rows = [{"signal": signal, "task": task} for signal, task in tasks.items()]
        connection.execute(_LINK, rows)


def signalled_by(signal_id: Any) -> ColumnElement[str]:
    """The trigger of an enrolment that this signal starts."""
    return literal(TRIGGER) + cast(signal_id, String)


def _noticed_on(row: Any, zone: str) -> date:
    at: datetime = row.raised_at
    return local_date(at, zone) if is_zone(zone) else at.date()


def _being(such: Such) -> Iterator[ColumnElement[bool]]:
    if such.owner_ids is not None:
        yield Customer.owner_id.in_(sorted(such.owner_ids))
    if such.kinds is not None:
        yield Signal.kind.in_(sorted(such.kinds))
    if such.since is not None:
        yield Signal.raised_at >= such.since


_LISTED = (
    select(
        Signal,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
        Customer.email,
        Customer.timezone,
        OwnerRow.name.label("owner"),
    )
    .join(Customer, Customer.id == Signal.customer_id)
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(Signal.cleared_at.is_(None))
    .order_by(Signal.weight.desc(), Signal.id)
)
_ALL_OPEN = select(
    Signal.id, Signal.customer_id, Signal.kind, Signal.key, Signal.figures, Signal.raised_at
).where(Signal.cleared_at.is_(None))
_EARLIER = select(Signal).where(one_of(Signal.customer_id, "customers")).order_by(Signal.id)
"""Of several rows of a customer and kind the last counts."""
_BY_SIGNAL = and_(
    Enrolment.customer_id == Signal.customer_id, Enrolment.trigger == signalled_by(Signal.id)
)
_EVER = select(Enrolment.id).where(_BY_SIGNAL).exists()
_STILL = select(Enrolment.id).where(_BY_SIGNAL, Enrolment.state == constant("active")).exists()
_UNTAKEN = (
    select(
        Signal.id,
        Signal.customer_id,
        Signal.kind,
        Signal.reason,
        Signal.weight,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
        OwnerRow.email.label("owner_email"),
    )
    .join(Customer, Customer.id == Signal.customer_id)
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(
        Signal.cleared_at.is_(None),
        Signal.task_id.is_(None),
        or_(
            ~one_of(Signal.kind, "kinds"),
            Signal.raised_at <= bindparam("raised_by", type_=Signal.raised_at.type),
        ),
        or_(~_EVER, and_(Signal.figures["tier"].as_string() == "firm", ~_STILL)),
    )
    .order_by(Signal.weight.desc(), Signal.id)
    .limit(bindparam("most"))
)
_LINK = update(Signal).where(Signal.id == bindparam("signal")).values(task_id=bindparam("task"))
