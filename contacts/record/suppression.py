"""Whom we must leave alone: suppressed addresses, and what was agreed to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from contacts.cadences.reach import NEVER_ASKED, Agreed, Scope
from contacts.cadences.reasons import Reason
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.tables import Consent, Suppression


def suppress(  # noqa: PLR0913  # a row is said in one call
    connection: Connection,
    *,
    address_hash: str,
    channel: str,
    reason: str,
    source: str,
    at: datetime,
    scope: Scope = Scope.ALL,
) -> None:
    """Write to this address on this channel no more; from the commit on (P3).

    A suppression of everything stays one: a word about marketing alone does not narrow it.
    """
    row = {
        "address_hash": address_hash,
        "channel": channel,
        "reason": reason,
        "scope": scope,
        "source": source,
        "at": at,
        "lifted_at": None,
    }
    statement = insert_into(connection.dialect.name, Suppression).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["address_hash", "channel"],
            set_={key: row[key] for key in ("reason", "scope", "source", "at", "lifted_at")},
            where=None if scope is Scope.ALL else _NARROWER,
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


def suppressed(connection: Connection, hashes: Collection[str]) -> dict[tuple[str, str], str]:
    """Which of these address hashes are suppressed: the scope by (hash, channel)."""
    if not hashes:
        return {}
    rows = connection.execute(_SUPPRESSED, {"hashes": hashes})
    return {(address, channel): scope for address, channel, scope in rows}


def consents(
    connection: Connection, customer_ids: Collection[int], *, now: datetime
) -> dict[tuple[int, str], Agreed]:
    """What each customer's latest word allows, by (customer, channel); expired consent does not."""
    rows = connection.execute(_CONSENTS, {"customers": customer_ids, "now": now})
    said: dict[tuple[int, str], Agreed] = {}
    for customer, channel, granted, expires_at, purpose in rows:
        if not granted:
            meant = NEVER_ASKED
        else:
            meant = _YES if expires_at is None or expires_at > now else _EXPIRED
        if purpose:
            before = said.get((customer, channel), NEVER_ASKED)
            meant = before._replace(**{purpose: meant.service})
        said[customer, channel] = meant
    return said


_YES = Agreed(None, None)
_EXPIRED = Agreed(Reason.CONSENT_EXPIRED, Reason.CONSENT_EXPIRED)
_NARROWER = or_(Suppression.scope != Scope.ALL, Suppression.lifted_at.is_not(None))
_SUPPRESSED = select(Suppression.address_hash, Suppression.channel, Suppression.scope).where(
    one_of(Suppression.address_hash, "hashes"), Suppression.lifted_at.is_(None)
)
_CONSENTS = (
    select(
        Consent.customer_id, Consent.channel, Consent.granted, Consent.expires_at, Consent.purpose
    )
    .where(one_of(Consent.customer_id, "customers"), Consent.at <= bindparam("now"))
    .order_by(Consent.at, Consent.id)
)
