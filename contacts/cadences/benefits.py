"""What a customer got from us beside what they ordered, and what a recap tells of it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

A_YEAR = timedelta(days=365)
MOST_ITEMS = 50
"""Benefits that a recap tells one by one, the latest; it counts all of them."""
BEST = 3


class BenefitKind(StrEnum):
    EXTRA = "extra"  # something they had not paid for
    SERVICE = "service"  # hours of our people
    RESPONSE = "response"  # how fast somebody was there
    SAVING = "saving"  # money or time that they kept


@dataclass(frozen=True, slots=True)
class RecapFacts:
    """What the customer got in the time of the contract, or in the last year without one."""

    count: int = 0
    since: date | None = None
    until: date | None = None
    hours: Decimal = Decimal(0)
    items: tuple[dict[str, Any], ...] = ()
    """on, kind, text, worth, currency and hours of each, the oldest first."""
    best: tuple[dict[str, Any], ...] = ()
    """The few of these that are worth most."""
    kinds: tuple[dict[str, Any], ...] = ()
    """kind and count; those there are, the most frequent first."""
    worth: tuple[dict[str, Any], ...] = ()
    """currency and amount: never added up over currencies."""


NO_RECAP = RecapFacts()


def recap_of(benefits: Sequence[Any], *, since: date, until: date) -> RecapFacts:
    """The recap of these rows of benefits, the oldest first, given from one day to another."""
    given = [_item(row) for row in benefits if since <= row.given_on <= until]
    if not given:
        return RecapFacts(since=since, until=until)
    worth: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in given:
        if one["worth"] is not None:
            worth[one["currency"]] += one["worth"]
    kinds = Counter(one["kind"] for one in given)
    told = Counter(one["currency"] for one in given if one["currency"])
    main = told.most_common(1)[0][0] if told else ""
    return RecapFacts(
        count=len(given),
        since=since,
        until=until,
        hours=sum((one["hours"] for one in given if one["hours"] is not None), Decimal(0)),
        items=tuple(given[-MOST_ITEMS:]),
        best=tuple(sorted(given, key=lambda one: _rank(one, main))[:BEST]),
        kinds=tuple({"kind": kind, "count": count} for kind, count in kinds.most_common()),
        worth=tuple({"currency": code, "amount": worth[code]} for code, _ in told.most_common()),
    )


def _item(row: Any) -> dict[str, Any]:
    return {
        "on": row.given_on,
        "kind": row.kind,
        "text": row.text,
        "worth": row.worth,
        "currency": row.currency or "",
        "hours": row.hours,
    }


def _rank(one: dict[str, Any], currency: str) -> tuple[Decimal, Decimal, int]:
    """Worth in the currency that is used most, then hours, then the latest: amounts of different
    currencies say nothing beside one another."""
    worth = one["worth"] if one["currency"] == currency else None
    return -(worth or Decimal(0)), -(one["hours"] or Decimal(0)), -one["on"].toordinal()
