"""Who has said no since an instant that both sides of a gate know: the last word on record then."""

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, func, select

from contacts.record.many import one_of
from contacts.record.tables import Consent


def last_word(connection: Connection) -> int:
    """The number of the last consent on record; ids of rows to come are higher."""
    return connection.execute(_LAST).scalar() or 0


def withdrawn_since(
    connection: Connection, seen: int, channel: str, customer_ids: Collection[int]
) -> frozenset[int]:
    """Which of the customers have said no to the channel after that word.

    Rows of transactions that began before and committed since may have lower ids on PostgreSQL; the
    gate waits for those of its customers, and sees them itself.
    """
    given = {"seen": seen, "channel": channel, "customers": customer_ids}
    return frozenset(connection.execute(_WITHDRAWN, given).scalars())


_LAST = select(func.max(Consent.id))
_WITHDRAWN = select(Consent.customer_id).where(
    one_of(Consent.customer_id, "customers"),
    Consent.channel == bindparam("channel"),
    Consent.granted.is_(False),
    Consent.id > bindparam("seen"),
)
