"""Whom we must leave alone: suppressed addresses, and what was agreed to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.tables import Consent, Suppression


def suppress(
    connection: Connection,
    *,
    address_hash: str,
    channel: str,
    reason: str,
    source: str,
    at: datetime,
) -> None:
    """Write to this address on this channel no more; from the commit on (P3)."""
    row = {
        "address_hash": address_hash,
        "channel": channel,
        "reason": reason,
        "source": source,
        "at": at,
        "lifted_at": None,
    }
    statement = insert_into(connection.dialect.name, Suppression).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["address_hash", "channel"],
            set_={key: row[key] for key in ("reason", "source", "at", "lifted_at")},
        )
    )


def lift(
    connection: Connection, *, address_hash: str, channel: str, reason: str, at: datetime
) -> bool:
    """Lift a suppression made for `reason`; False where there is none."""
    lifted = connection.execute(
        update(Suppression)
        .where(
            Suppression.address_hash == address_hash,
            Suppression.channel == channel,
            Suppression.reason == reason,
            Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=at)
    )
    return bool(lifted.rowcount)


def suppressed(connection: Connection, hashes: Collection[str]) -> set[tuple[str, str]]:
    """Which of these address hashes are suppressed, as (hash, channel)."""
    if not hashes:
        return set()
    rows = connection.execute(_SUPPRESSED, {"hashes": hashes})
    return {(address, channel) for address, channel in rows}


def consents(
    connection: Connection, customer_ids: Collection[int], *, now: datetime
) -> dict[tuple[int, str], bool]:
    """What each customer last said, by (customer, channel); expired consent counts as none."""
    rows = connection.execute(_CONSENTS, {"customers": customer_ids, "now": now})
    said: dict[tuple[int, str], bool] = {}
    for customer, channel, granted, expires_at in rows:
        if granted and expires_at is not None and expires_at <= now:
            said.pop((customer, channel), None)
        else:
            said[customer, channel] = granted
    return said


_SUPPRESSED = select(Suppression.address_hash, Suppression.channel).where(
    one_of(Suppression.address_hash, "hashes"), Suppression.lifted_at.is_(None)
)
_CONSENTS = (
    select(Consent.customer_id, Consent.channel, Consent.granted, Consent.expires_at)
    .where(one_of(Consent.customer_id, "customers"), Consent.at <= bindparam("now"))
    .order_by(Consent.at, Consent.id)
)
