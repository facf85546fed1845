"""Locks that put opt-outs, erasures, touches and imports into one order, on PostgreSQL.

SQLite has one writer at a time and needs none.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Select, select, text

from contacts.record.many import one_of
from contacts.record.tables import Customer

_IMPORTS = 7_302  # any number


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


def pin_customers(connection: Connection, customer_ids: Collection[int]) -> None:
    """Hold off an erasure of these customers until this transaction ends, or wait for one.

    It is as weak as what a row that points at a customer takes, only earlier: updates go on.
    """
    if not customer_ids or connection.dialect.name == "sqlite":
        return
    connection.execute(_PINNED, {"customers": customer_ids})


def hold_imports(connection: Connection) -> None:
    """Hold off chunks of imports, and erasures, until this transaction ends, or wait for one."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)


def _those() -> Select[int]:
    return select(Customer.id).where(one_of(Customer.id, "customers")).order_by(Customer.id)


_SHARED = _those().with_for_update(read=True)
_HELD = _those().with_for_update()
_PINNED = _those().with_for_update(read=True, key_share=True)
_ALONE = text(f"SELECT pg_advisory_xact_lock({_IMPORTS})")
