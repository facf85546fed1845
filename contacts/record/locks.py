"""Locks that put a customer's opt-out and their touches into one order, on PostgreSQL.

SQLite has one writer at a time and needs none.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Select, select

from contacts.record.many import one_of
from contacts.record.tables import Customer


def share_customers(connection: Connection, customer_ids: Collection[int]) -> None:
    """Hold off an opt-out of these customers until this transaction ends, or wait for one."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(_SHARED, {"customers": customer_ids})


def hold_customers(connection: Connection, customer_ids: Collection[int]) -> None:
    """Hold off every touch of these customers at its gate until this transaction ends."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(_HELD, {"customers": customer_ids})


def _those() -> Select[int]:
    return select(Customer.id).where(one_of(Customer.id, "customers")).order_by(Customer.id)


_SHARED = _those().with_for_update(read=True)
_HELD = _those().with_for_update()
