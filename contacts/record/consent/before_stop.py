"""What somebody had agreed to before a STOP by SMS: a START gives that back, and no more."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from contacts.cadences.reach import Purpose
from contacts.record.consent.suppression import SAID_BY_SMS
from contacts.record.many import constant, one_of
from contacts.record.tables import Consent

_Agreed = dict[str, Any]
"""Rows of consent by purpose, of which "" is every one; never "" beside another."""


def agreed_before_stop(
    connection: Connection, customer_ids: Collection[int], *, at: datetime
) -> list[dict[str, Any]]:
    """The consents to SMS that a STOP took from these customers, as far as they would hold `at`.

    Each with `customer_id`, `purpose`, `kind`, `wording` and `expires_at`, as they were given.
    """
    theirs: dict[int, tuple[_Agreed, _Agreed]] = {}
    for row in connection.execute(_SAID, {"customers": customer_ids, "at": at}):
        holds, taken = theirs.get(row.customer_id, ({}, {}))
        theirs[row.customer_id] = _after(row, holds, taken)
    return [
        {
            "customer_id": customer_id,
            "purpose": purpose,
            "kind": row.kind,
            "wording": row.wording,
            "expires_at": row.expires_at,
        }
        for customer_id, (_, taken) in theirs.items()
        for purpose, row in taken.items()
        if row.expires_at is None or row.expires_at > at
    ]


def _after(row: Any, holds: _Agreed, taken: _Agreed) -> tuple[_Agreed, _Agreed]:
    """What holds, and what a STOP has taken, once this was said too."""
    if not row.granted and not row.purpose and row.source.startswith(SAID_BY_SMS):
        return {}, taken | holds  # of what was taken before, a later yes has left the rest
    holds, taken = _without(holds, row.purpose), _without(taken, row.purpose)
    return (holds | {row.purpose: row} if row.granted else holds), taken


def _without(agreed: _Agreed, purpose: str) -> _Agreed:
    """The same for all purposes but this one; for "", nothing."""
    if not purpose:
        return {}
    each = dict.fromkeys(_PURPOSES, agreed[""]) if "" in agreed else agreed
    return {key: row for key, row in each.items() if key != purpose}


_PURPOSES: tuple[Purpose, ...] = ("service", "marketing")
_SAID = (
    select(Consent)
    .where(
        one_of(Consent.customer_id, "customers"),
        Consent.channel == constant("sms"),
        Consent.at <= bindparam("at"),
    )
    .order_by(Consent.at, Consent.id)
)
