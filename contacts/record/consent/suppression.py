"""Whom we must leave alone: suppressed addresses, and what was agreed to."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    and_,
    bindparam,
    case,
    not_,
    or_,
    select,
    update,
)

from contacts.cadences.reach import CONFIRM_WITHIN, NEVER_ASKED, Agreed, Scope
from contacts.cadences.reasons import Reason
from contacts.record.inserting import insert_into
from contacts.record.many import constant, one_of
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent, Suppression

# What START may lift: what was said by SMS, to us or to Twilio (21610, as delivery records it).
SAID_BY_SMS = ("SMS reply", "SMS provider")
# What a customer says behind a link of ours, and may take back there.
SAID_BY_LINK = ("unsubscribe link", "preference page")


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

    Words may come in any order (P6): the one that is hardest to take back says why, of equal ones
    the later, and the widest scope and the latest instant stay. A STOP that START lifted later
    stays lifted.
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
            set_=_both_words(statement.excluded),
            where=None if reason != "opt_out" else _not_taken_back(statement.excluded),
        )
    )


def lift(
    connection: Connection, *, address_hash: str, channel: str, reason: str, at: datetime
) -> bool:
    """Lift a suppression made for `reason` until `at`; False where there is none.

    One that is younger stays: the word that lifts may have been taken in late.
    """
    theirs = _until(address_hash, channel, reason, at)
    return bool(connection.execute(theirs.values(lifted_at=at)).rowcount)


def narrow(
    connection: Connection, *, address_hash: str, channel: str, reason: str, at: datetime
) -> bool:
    """Leave of such a suppression what concerns marketing; otherwise as `lift`."""
    theirs = _until(address_hash, channel, reason, at)
    return bool(connection.execute(theirs.values(scope=Scope.MARKETING)).rowcount)


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
    given = {"customers": customer_ids, "now": now, "asked_since": now - CONFIRM_WITHIN}
    rows = connection.execute(_CONSENTS, given)
    said: dict[tuple[int, str], Agreed] = {}
    pending = ConsentKind.PENDING
    for customer, channel, granted, expires_at, purpose, kind in rows:
        if kind == pending:
            before = said.get((customer, channel), NEVER_ASKED)
            said[customer, channel] = _asked(before)
            continue
        if not granted:
            meant = NEVER_ASKED
        else:
            meant = _YES if expires_at is None or expires_at > now else _EXPIRED
        if purpose:
            before = said.get((customer, channel), NEVER_ASKED)
            word: Any = {purpose: meant.service, "asked": before.asked and purpose == "service"}
            meant = before._replace(**word)
        said[customer, channel] = meant
    return said


def _asked(before: Agreed) -> Agreed:
    """A request takes away nothing that holds, and gives nothing until it is confirmed."""
    return before._replace(marketing=before.marketing and Reason.UNCONFIRMED, asked=True)


def _until(address_hash: str, channel: str, reason: str, at: datetime) -> Update:
    return update(Suppression).where(
        Suppression.address_hash == address_hash,
        Suppression.channel == channel,
        Suppression.reason == reason,
        Suppression.lifted_at.is_(None),
        Suppression.at <= at,
    )


def _both_words(said: Any) -> dict[str, Any]:
    """What holds of the row that is there and of what is `said` now."""
    there, new = _hardness(Suppression), _hardness(said)
    is_later = said.at >= Suppression.at
    says_why = or_(_LIFTED, new > there, and_(new == there, is_later))
    is_wider = or_(_LIFTED, said.scope == Scope.ALL)
    return {
        "reason": case((says_why, said.reason), else_=Suppression.reason),
        "source": case((says_why, said.source), else_=Suppression.source),
        "scope": case((is_wider, said.scope), else_=Suppression.scope),
        "at": case((or_(_LIFTED, is_later), said.at), else_=Suppression.at),
        "lifted_at": None,
    }


def _hardness(word: Any) -> ColumnElement[int]:
    """First what no customer can take back, then the wider, then what no link of theirs lifts."""
    return (
        case((word.reason == "opt_out", 0), else_=4)
        + case((word.scope == Scope.ALL, 2), else_=0)
        + case((word.source.in_(SAID_BY_LINK), 0), else_=1)
    )


def _not_taken_back(said: Any) -> ColumnElement[bool]:
    """Whether no START came after the STOP that is `said` now, as far as START lifts such a one."""
    by_sms = or_(*(said.source.startswith(source) for source in SAID_BY_SMS))
    is_lifted_by_start = and_(said.channel == "sms", by_sms)
    return or_(not_(_LIFTED), not_(is_lifted_by_start), Suppression.lifted_at <= said.at)


_LIFTED = Suppression.lifted_at.is_not(None)
_YES = Agreed(None, None)
_EXPIRED = Agreed(Reason.CONSENT_EXPIRED, Reason.CONSENT_EXPIRED)
_SUPPRESSED = select(Suppression.address_hash, Suppression.channel, Suppression.scope).where(
    one_of(Suppression.address_hash, "hashes"), Suppression.lifted_at.is_(None)
)
_CONSENTS = (
    select(
        Consent.customer_id,
        Consent.channel,
        Consent.granted,
        Consent.expires_at,
        Consent.purpose,
        Consent.kind,
    )
    .where(
        one_of(Consent.customer_id, "customers"),
        Consent.at <= bindparam("now"),
        or_(Consent.kind != constant(ConsentKind.PENDING), Consent.at > bindparam("asked_since")),
    )
    .order_by(Consent.at, Consent.id)
)
