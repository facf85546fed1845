"""What the customers' CSV says about consent, added to the record's append-only rows.

A file is a copy of what some other system knew, so it never wins against what the customer told us
later: an opt-out stays, whatever a nightly file says.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, insert, select

from contacts.cadences.reach import CONFIRM_WITHIN, Purpose
from contacts.cadences.reasons import Reason
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.imports import rows
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent
from contacts.record.touches.waiting import no_longer_for

IMPLIED_YEARS = 2
_STRENGTH = tuple(ConsentKind)
"""From the weakest on."""
_PURPOSES: tuple[Purpose, ...] = ("service", "marketing")
_Words = dict[str, Row[Any]]
"""What was said last of each purpose; what was said of everything counts for both."""


@dataclass(slots=True)
class Asked:
    """One "yes" or "no" of a row, for a customer whose id is known."""

    customer_id: int
    address: str | None
    channel: str
    granted: bool
    source: str
    at: datetime
    dated: bool  # whether the file gave the date, or it is only today's
    evidence: str
    kind: str
    wording: str
    expires_at: datetime | None
    row: "rows.Row"


def implied_until(at: datetime) -> datetime:
    """Two years on: as long as Canada's law (CASL) lets a purchase stand for consent."""
    try:
        return at.replace(year=at.year + IMPLIED_YEARS)
    except ValueError:  # 29 February
        return at.replace(year=at.year + IMPLIED_YEARS, day=28)


def record_consents(
    connection: Connection, asked: Sequence[Asked], *, signing_key: str, now: datetime
) -> set[int]:
    """Append what is new; return the customers it concerns."""
    if not asked:
        return set()
    closed = _suppressed(connection, asked, signing_key)
    latest = _latest(connection, {one.customer_id for one in asked})
    news = []
    for one in asked:
        if one.granted and id(one) in closed:
            _warn_suppressed(one)
        elif purposes := _adds_to(one, latest.get((one.customer_id, one.channel), {}), now):
            _warn_too_late(one, now)
            news.append(_values(one, now) | {"purpose": _purpose_of(one, purposes)})
    if news:
        connection.execute(insert(Consent), news)
    for customer_id in _confirmed(news, latest):
        no_longer_for(connection, customer_id, Reason.UNCONFIRMED, now=now)
    return {row["customer_id"] for row in news}


def _confirmed(
    news: Sequence[dict[str, Any]], latest: dict[tuple[int, str], _Words]
) -> Iterator[int]:
    """Whose request the file says they have confirmed; few rows of few files do."""
    for one in news:
        words = latest.get((one["customer_id"], one["channel"]), {}).values()
        asked = any(word.granted and word.kind == ConsentKind.PENDING for word in words)
        if asked and one["granted"] and one["kind"] != ConsentKind.PENDING:
            yield one["customer_id"]


def _suppressed(connection: Connection, asked: Sequence[Asked], signing_key: str) -> set[int]:
    """Which "yes" is for a suppressed address, by the object's identity."""
    hashes = {
        id(one): address_hash(signing_key, one.address)
        for one in asked
        if one.granted and one.address
    }
    closed = suppressed(connection, set(hashes.values()))
    return {id(one) for one in asked if (hashes.get(id(one)), one.channel) in closed}


def _latest(connection: Connection, customer_ids: Collection[int]) -> dict[tuple[int, str], _Words]:
    """By customer and channel."""
    found: CursorResult[Any] = connection.execute(
        select(
            Consent.customer_id,
            Consent.channel,
            Consent.purpose,
            Consent.granted,
            Consent.at,
            Consent.expires_at,
            Consent.kind,
            Consent.wording,
        )
        .where(Consent.customer_id.in_(customer_ids))
        .order_by(Consent.at, Consent.id)
    )
    latest: dict[tuple[int, str], _Words] = {}
    for row in found:
        words = latest.setdefault((row.customer_id, row.channel), {})
        for purpose in (row.purpose,) if row.purpose else _PURPOSES:
            words[purpose] = row
    return latest


def _warn_suppressed(one: Asked) -> None:
    one.row.warn(
        f"consent_{one.channel}",
        f"consent_{one.channel}: this address opted out, bounced or complained; "
        "it stays suppressed",
    )


def _adds_to(one: Asked, words: _Words, now: datetime) -> list[Purpose]:
    """The purposes of which the record does not say as much already; a file speaks of each."""
    purposes = _requested(one.kind) if one.granted else _PURPOSES
    against = [word for each in purposes if (word := words.get(each)) and _is_against(one, word)]
    if against:
        told = "withdrew" if one.granted else "agreed"
        one.row.warn(
            f"consent_{one.channel}",
            f"consent_{one.channel}: the customer {told} after that date, which stays in force",
        )
    return [each for each in purposes if _is_news(one, words.get(each), now)]


def _requested(kind: str) -> tuple[Purpose, ...]:
    """What a yes of this kind is about: mail about what they bought needs no confirmation."""
    return ("marketing",) if kind == ConsentKind.PENDING else _PURPOSES


def _is_against(one: Asked, last: Row[Any]) -> bool:
    """Whether they said the opposite later; a "no" without a date is of today."""
    opposed = bool(last.granted != one.granted)
    return opposed and (one.granted or one.dated) and bool(one.at <= last.at)


def _is_news(one: Asked, last: Row[Any] | None, now: datetime) -> bool:
    if last is None:
        return True
    if last.granted == one.granted:
        return one.granted and _is_later(one, last) and _says_more(one, last, now)
    return not _is_against(one, last)


def _purpose_of(one: Asked, purposes: Collection[Purpose]) -> str:
    """A yes is kept from what a stronger one holds for; a no, and a request, are of everything."""
    if not one.granted or len(purposes) == len(_requested(one.kind)):
        return ""
    (purpose,) = purposes
    return purpose


def _is_later(one: Asked, last: Row[Any]) -> bool:
    """Or the same yes, which they have confirmed by now."""
    if one.kind == ConsentKind.DOUBLE and last.kind != ConsentKind.DOUBLE:
        return bool(one.at >= last.at)
    return bool(one.at > last.at)


def _says_more(one: Asked, last: Row[Any], now: datetime) -> bool:
    """Whether a later yes is worth a row: the one before has expired, or is weaker."""
    if last.expires_at is not None and last.expires_at <= now:
        return True
    if last.kind == ConsentKind.PENDING:  # which nobody is asked about twice at a time
        return one.kind != last.kind or bool(last.at + CONFIRM_WITHIN <= now)
    if one.kind != last.kind:  # what was said outright outlives what is only implied
        return _STRENGTH.index(one.kind) > _STRENGTH.index(last.kind) or (
            one.kind == ConsentKind.PENDING and last.kind == ConsentKind.IMPLIED
        )
    longer = last.expires_at is not None and (
        one.expires_at is None or one.expires_at > last.expires_at
    )
    return longer or bool(one.wording and one.wording != last.wording)


def _warn_too_late(one: Asked, now: datetime) -> None:
    if one.kind == ConsentKind.PENDING and one.at + CONFIRM_WITHIN <= now:
        one.row.warn(
            "consent_at",
            f"consent_at: asked for more than {CONFIRM_WITHIN.days} days ago, too long to have it "
            "confirmed now (double_opt_in); if they have confirmed it, say so by consent_kind "
            "double",
        )


def _values(one: Asked, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": one.customer_id,
        "channel": one.channel,
        "granted": one.granted,
        "kind": one.kind,
        "source": one.source,
        "evidence": one.evidence,
        "wording": one.wording,
        "at": one.at,
        "expires_at": one.expires_at,
        "recorded_at": now,
    }
