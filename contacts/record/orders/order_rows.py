"""Orders as they are read to be watched: in chunks, as plain numbers; and what stands beside them.

Callers own the transaction.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Double, Integer, and_, bindparam, cast, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from contacts.record.dealings import Contract, ImportedFile, Order
from contacts.record.many import one_of
from contacts.record.orders.rhythms import Plain, plain_rows
from contacts.record.people import Customer

SUBSCRIPTION = "subscription"
"""The kind of contract whose orders come by a calendar of their own."""


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


def newest_order(connection: Connection) -> int:
    """The largest of our own ids of orders; 0 without any."""
    return connection.execute(select(func.max(Order.id))).scalar_one() or 0


def orders_after(connection: Connection, after: int, *, until: int, limit: int) -> list[Plain]:
    """Orders by our own ids: customer_id, at (seconds), amount, currency, id."""
    return plain_rows(connection, _AFTER, {"after": after, "until": until, "most": limit})


def orders_of(connection: Connection, customer_ids: Collection[int]) -> list[Plain]:
    """All orders of these customers, in the same columns."""
    return plain_rows(connection, _OF, {"customers": customer_ids})


def orders_between(connection: Connection, after: int, until: int) -> list[Plain]:
    """All orders of the customers of these ids, the first left out, in the same columns."""
    return plain_rows(connection, _BETWEEN, {"after": after, "until": until})


def zones_of(connection: Connection, customer_ids: Collection[int]) -> dict[int, str]:
    found = connection.execute(_ZONES, {"customers": customer_ids})
    return dict(found.all())


def last_customer_of(connection: Connection, after: int, *, limit: int) -> int | None:
    """The last of the next so many customers by their ids; None where there is none."""
    last: int | None = connection.execute(_WINDOW, {"after": after, "most": limit}).scalar_one()
    return last


def subscribers(connection: Connection, on: date) -> set[int]:
    """Customers with a subscription that runs on this day."""
    return set(connection.execute(_SUBSCRIBERS, {"on": on}).scalars())


def last_orders(connection: Connection, customer_ids: Collection[int]) -> dict[int, Any]:
    """Each customer's last order: ordered_at, amount, currency, items."""
    rows = connection.execute(_LAST_ORDERS, {"customers": customer_ids})
    return {row.customer_id: row for row in rows}


def orders_file_at(connection: Connection) -> datetime | None:
    """When `sync` last took in a changed file of orders."""
    query = select(ImportedFile.at).where(ImportedFile.name == "orders.csv")
    return connection.execute(query).scalar_one_or_none()


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
_SUBSCRIBERS = (
    select(Contract.customer_id)
    .where(
        func.lower(Contract.kind) == SUBSCRIPTION,
        Contract.starts_on <= bindparam("on"),
        Contract.ends_on >= bindparam("on"),
    )
    .distinct()
)
