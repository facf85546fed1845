"""What is kept of each account's orders, so that a night reads new ones alone; and the nights.

The numbers are worked out in contacts/care/orders; here they are columns. Callers own the
transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Double,
    Executable,
    ForeignKey,
    String,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key
from contacts.record.given import Given
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.people import Customer

Plain = tuple[Any, ...]
"""A row as the driver makes it."""


class OrderRhythm(Base):
    """The sums of one account; logarithms are natural, money is in its main currency."""

    __tablename__ = "order_rhythms"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id"), primary_key=True, autoincrement=False
    )
    currency: Mapped[str] = mapped_column(String(3))
    """The one that most of its orders are in."""
    elsewhere: Mapped[int]
    """Orders in other currencies: they count as orders, without their amounts."""
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]
    """Days on the customer's calendar; empty where all was returned."""
    gaps: Mapped[int]
    gap_sum: Mapped[float] = mapped_column(Double)
    """Of ln days."""
    gap_squares: Mapped[float] = mapped_column(Double)
    recent_gaps: Mapped[str] = mapped_column(Text)
    """Days, the newest first, filled up with noughts: 30,31,28,0,…"""
    amounts: Mapped[int]
    amount_sum: Mapped[float] = mapped_column(Double)
    """Of ln money."""
    amount_squares: Mapped[float] = mapped_column(Double)
    recent_amounts: Mapped[str] = mapped_column(Text)
    """Money, the newest first."""
    ordered: Mapped[float] = mapped_column(Double)
    returned: Mapped[float] = mapped_column(Double)


class OrderChange(Base):
    """An account of whom an order was corrected or moved, to be summed up anew from all orders."""

    __tablename__ = "order_changes"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id"), primary_key=True, autoincrement=False
    )


class OrderWatchRow(Base):
    """One look at all accounts, and how far it had read."""

    __tablename__ = "order_watches"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    through: Mapped[int] = mapped_column(Key)
    """The newest of our own ids of orders that it has summed up."""
    complete_on: Mapped[date]
    """The day through which the orders are known."""
    accounts: Mapped[int]
    watched: Mapped[int]
    """Those with enough orders to be late."""
    late: Mapped[int]
    """Of these the late ones, however long ago that began."""
    newly: Mapped[int]
    """Those who became late since the look before."""
    days: Mapped[int]
    """Since that look, by the days through which orders were known."""
    raised: Mapped[int]
    cleared: Mapped[int]
    held: Mapped[int]
    """Late ones that nobody was told of, for there were far more than on other nights."""
    book: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What was learnt of the whole book."""


def note_changed_orders(connection: Connection, customer_ids: Collection[int]) -> None:
    """Have these accounts summed up anew at the next look."""
    if customer_ids:
        new = insert_into(connection.dialect.name, OrderChange).on_conflict_do_nothing()
        connection.execute(new, [{"customer_id": one} for one in sorted(customer_ids)])


def changed_accounts(connection: Connection, *, limit: int) -> list[int]:
    return list(connection.execute(_CHANGED, {"most": limit}).scalars())


def forget_changes(connection: Connection, customer_ids: Collection[int]) -> None:
    connection.execute(_FORGET, {"customers": customer_ids})


def rhythms_after(connection: Connection, after: int, *, limit: int) -> list[Plain]:
    """Rows of active customers, by their ids: the columns of `RHYTHM`; days may be texts."""
    return plain_rows(connection, _RHYTHMS_AFTER, {"after": after, "most": limit})


def rhythms_of(connection: Connection, customer_ids: Collection[int]) -> list[Plain]:
    """Rows of these customers, by their ids, in the same columns."""
    return plain_rows(connection, _RHYTHMS_OF, {"customers": customer_ids})


def keep_rhythms(connection: Connection, rows: Sequence[Plain]) -> None:
    """Store these rows, each in place of what was kept of its customer."""
    if rows:
        connection.execute(_keeping(connection.dialect.name), {"rows": rows})


def drop_rhythms(connection: Connection, customer_ids: Iterable[int]) -> None:
    """Of customers who have no order any more."""
    ids = list(customer_ids)
    if ids:
        connection.execute(_DROP, {"customers": ids})


def watches(connection: Connection, *, limit: int) -> Sequence[Any]:
    """Rows of the last looks, the newest first."""
    newest = select(OrderWatchRow).order_by(OrderWatchRow.id.desc()).limit(limit)
    return connection.execute(newest).all()


def last_watch_at(connection: Connection) -> datetime | None:
    """When all accounts were looked at last."""
    at: datetime | None = connection.execute(select(func.max(OrderWatchRow.at))).scalar_one()
    return at


def keep_watch(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(OrderWatchRow).values(values))


def plain_rows(connection: Connection, statement: Any, asked: Mapping[str, Any]) -> list[Plain]:
    """Rows as the driver makes them: those of SQLAlchemy cost twice as much, ten million times."""
    cursor = connection.execute(statement, asked).cursor
    assert cursor is not None  # noqa: S101  # it is a SELECT
    return list(cursor.fetchall())


@cache
def _keeping(dialect: str) -> Executable:
    # SQLite takes the ON of a conflict for a join's, unless a WHERE stands before it.
    given = select(*_GIVEN.columns()).where(true())
    new = insert_into(dialect, OrderRhythm).from_select(list(RHYTHM), given, include_defaults=False)
    changed = {name: new.excluded[name] for name in RHYTHM if name != "customer_id"}
    return new.on_conflict_do_update(index_elements=["customer_id"], set_=changed)


RHYTHM = tuple(column.name for column in OrderRhythm.__table__.c)
"""The columns of the table, in their order."""
_GIVEN = Given(OrderRhythm, *RHYTHM)
_CHANGED = (
    select(OrderChange.customer_id).order_by(OrderChange.customer_id).limit(bindparam("most"))
)
_FORGET = delete(OrderChange).where(one_of(OrderChange.customer_id, "customers"))
_DROP = delete(OrderRhythm).where(one_of(OrderRhythm.customer_id, "customers"))
_RHYTHMS_AFTER = (
    select(OrderRhythm.__table__)
    .join(
        Customer,
        and_(Customer.id == OrderRhythm.customer_id, Customer.active.is_not(False)),
    )
    .where(OrderRhythm.customer_id > bindparam("after"))
    .order_by(OrderRhythm.customer_id)
    .limit(bindparam("most"))
)
_RHYTHMS_OF = (
    select(OrderRhythm.__table__)
    .where(one_of(OrderRhythm.customer_id, "customers"))
    .order_by(OrderRhythm.customer_id)
)
