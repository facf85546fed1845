"""Locks that put opt-outs, erasures, touches and imports into one order, on PostgreSQL.

SQLite has one writer at a time and needs none.
"""

from collections.abc import Collection

from sqlalchemy import Connection, Select, or_, select, text

from contacts.record.many import one_of
from contacts.record.tables import Customer

_IMPORTS = 7_302  # any number


def share_customers(connection: Connection, customer_ids: Collection[int]) -> None:
    """Hold off an opt-out of these customers until this transaction ends, or wait for one."""
    if connection.dialect.name == "sqlite":
        return
    connection.execute(_SHARED, {"customers": customer_ids})


def hold_customers(
    connection: Connection, customer_ids: Collection[int], *, by_number: bool = False
) -> None:
    """Hold off every touch of these customers at its gate until this transaction ends.

    With `by_number` also of those who have the same phone number: whoever will need them too takes
    them at once, for every gate takes its customers by their ids.
    """
    if connection.dialect.name == "sqlite":
        return
    statement = _HELD_BY_NUMBER if by_number else _HELD
    connection.execute(statement, {"customers": customer_ids})


def hold_messages(
    connection: Connection, customer_ids: Collection[int], *, by_number: bool
) -> None:
    """Hold off every other message to these customers, and every opt-out of theirs.

    With `by_number` those count as one who have the same phone number.
    """
    if connection.dialect.name == "sqlite":
        return
    statement = _ALONE_BY_NUMBER if by_number else _ALONE_EACH
    connection.execute(statement, {"customers": customer_ids})


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
        connection.execute(_NO_IMPORTS)


def _those() -> Select[int]:
    return select(Customer.id).where(one_of(Customer.id, "customers")).order_by(Customer.id)


def _sharing() -> Select[int]:
    numbers = select(Customer.phone).where(one_of(Customer.id, "customers"))
    theirs = or_(one_of(Customer.id, "customers"), Customer.phone.in_(numbers))
    return select(Customer.id).where(theirs).order_by(Customer.id)


_SHARED = _those().with_for_update(read=True)
_HELD = _those().with_for_update()
_HELD_BY_NUMBER = _sharing().with_for_update()
_PINNED = _those().with_for_update(read=True, key_share=True)
_ALONE_EACH = _those().with_for_update(key_share=True)
_ALONE_BY_NUMBER = _sharing().with_for_update(key_share=True)
_NO_IMPORTS = text(f"SELECT pg_advisory_xact_lock({_IMPORTS})")
