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
    cast,
    delete,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Integer

from contacts.record.base import Base, Key
from contacts.record.dealings import Contract, ImportedFile, Order
from contacts.record.given import Given
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.people import Customer

Plain = tuple[Any, ...]
"""A row as the driver makes it."""
SUBSCRIPTION = "subscription"
"""The kind of contract whose orders come by a calendar of their own."""


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


class _Seconds(FunctionElement[int]):
    """An instant as whole seconds since 1970, which neither database has to write as a text."""

    inherit_cache = True
    type = Integer()


@compiles(_Seconds, "sqlite")
def _seconds_on_sqlite(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"unixepoch({compiler.process(element.clauses, **options)})"


@compiles(_Seconds, "postgresql")
def _seconds_on_postgresql(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **options)}) AS BIGINT)"


def note_changed_orders(connection: Connection, customer_ids: Collection[int]) -> None:
    """Have these accounts summed up anew at the next look."""
    if customer_ids:
        new = insert_into(connection.dialect.name, OrderChange).on_conflict_do_nothing()
        connection.execute(new, [{"customer_id": one} for one in sorted(customer_ids)])


def changed_accounts(connection: Connection, *, limit: int) -> list[int]:
    return list(connection.execute(_CHANGED, {"most": limit}).scalars())


def forget_changes(connection: Connection, customer_ids: Collection[int]) -> None:
    connection.execute(_FORGET, {"customers": customer_ids})


def newest_order(connection: Connection) -> int:
    """The largest of our own ids of orders; 0 without any."""
    return connection.execute(select(func.max(Order.id))).scalar_one() or 0


def orders_after(connection: Connection, after: int, *, until: int, limit: int) -> list[Plain]:
    """Orders by our own ids: customer_id, at (seconds), amount, currency, id."""
    return _plain(connection, _AFTER, {"after": after, "until": until, "most": limit})


def orders_of(connection: Connection, customer_ids: Collection[int]) -> list[Plain]:
    """All orders of these customers, in the same columns."""
    return _plain(connection, _OF, {"customers": customer_ids})


def orders_between(connection: Connection, after: int, until: int) -> list[Plain]:
    """All orders of the customers of these ids, the first left out, in the same columns."""
    return _plain(connection, _BETWEEN, {"after": after, "until": until})


def zones_of(connection: Connection, customer_ids: Collection[int]) -> dict[int, str]:
    found = connection.execute(_ZONES, {"customers": customer_ids})
    return dict(found.all())


def last_customer_of(connection: Connection, after: int, *, limit: int) -> int | None:
    """The last of the next so many customers by their ids; None where there is none."""
    last: int | None = connection.execute(_WINDOW, {"after": after, "most": limit}).scalar_one()
    return last


def rhythms_after(connection: Connection, after: int, *, limit: int) -> list[Plain]:
    """Rows of active customers, by their ids: the columns of `RHYTHM`; days may be texts."""
    return _plain(connection, _RHYTHMS_AFTER, {"after": after, "most": limit})


def rhythms_of(connection: Connection, customer_ids: Collection[int]) -> list[Plain]:
    """Rows of these customers, by their ids, in the same columns."""
    return _plain(connection, _RHYTHMS_OF, {"customers": customer_ids})


def keep_rhythms(connection: Connection, rows: Sequence[Plain]) -> None:
    """Store these rows, each in place of what was kept of its customer."""
    if rows:
        connection.execute(_keeping(connection.dialect.name), {"rows": rows})


def drop_rhythms(connection: Connection, customer_ids: Iterable[int]) -> None:
    """Of customers who have no order any more."""
    ids = list(customer_ids)
    if ids:
        connection.execute(_DROP, {"customers": ids})


def subscribers(connection: Connection, on: date) -> set[int]:
    """Customers with a subscription that runs on this day."""
    return set(connection.execute(_SUBSCRIBERS, {"on": on}).scalars())


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


def last_orders(connection: Connection, customer_ids: Collection[int]) -> dict[int, Any]:
    """Each customer's last order: ordered_at, amount, currency, items."""
    rows = connection.execute(_LAST_ORDERS, {"customers": customer_ids})
    return {row.customer_id: row for row in rows}


def orders_file_at(connection: Connection) -> datetime | None:
    """When `sync` last took in a changed file of orders."""
    query = select(ImportedFile.at).where(ImportedFile.name == "orders.csv")
    return connection.execute(query).scalar_one_or_none()


def _plain(connection: Connection, statement: Any, asked: Mapping[str, Any]) -> list[Plain]:
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
_ORDERS = select(
    Order.customer_id,
    _Seconds(Order.ordered_at).label("at"),
    cast(Order.amount, Double).label("amount"),
    Order.currency,
    Order.id,
)
_AFTER = (
    _ORDERS.where(Order.id > bindparam("after"), Order.id <= bindparam("until"))
    .order_by(Order.id)
    .limit(bindparam("most"))
)
_OF = _ORDERS.where(one_of(Order.customer_id, "customers"))
_BETWEEN = _ORDERS.where(
    Order.customer_id > bindparam("after"), Order.customer_id <= bindparam("until")
)
_ZONES = select(Customer.id, Customer.timezone).where(one_of(Customer.id, "customers"))
_WINDOW = select(
    func.max(
        select(Customer.id)
        .where(Customer.id > bindparam("after"))
        .order_by(Customer.id)
        .limit(bindparam("most"))
        .subquery()
        .c.id
    )
)
_NEWEST = (
    select(Order.customer_id, func.max(Order.ordered_at).label("at"))
    .where(one_of(Order.customer_id, "customers"), Order.amount > 0)
    .group_by(Order.customer_id)
    .subquery()
)
_LAST_ORDERS = (
    select(Order.customer_id, Order.ordered_at, Order.amount, Order.currency, Order.items)
    .join(
        _NEWEST,
        and_(Order.customer_id == _NEWEST.c.customer_id, Order.ordered_at == _NEWEST.c.at),
    )
    .where(one_of(Order.customer_id, "customers"), Order.amount > 0)
    .order_by(Order.id)
)
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
_SUBSCRIBERS = (
    select(Contract.customer_id)
    .where(
        func.lower(Contract.kind) == SUBSCRIPTION,
        Contract.starts_on <= bindparam("on"),
        Contract.ends_on >= bindparam("on"),
    )
    .distinct()
)
