"""What a customer may need next: what is due again by its own rhythm, what others buy with it.

Plain counting, so that an owner can say to the customer's face where a suggestion comes from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Any

from contacts.wording import day_in_words

FROM_TIMES = 3
"""Days on which an item was bought before it has a rhythm."""
MOST = 3
LONGEST = 100
"""Characters of an item's name; what is longer is a text, and no item."""
_SOONEST = timedelta(days=3)
_GIVEN_UP = 3
"""After so many of its intervals an item is not due, but no longer bought."""
_UNITS = (
    "kg|g|mg|lbs?|oz|l|ml|cl|m|cm|mm|x|\N{MULTIPLICATION SIGN}|pcs?|pieces?|units?|packs?|"
    "boxe?s?|bags?|bottles?|cases?|cans?|rolls?|sets?|pairs?|dozen|stk|stück|шт|кг|г|л|мл"  # noqa: RUF001  # Cyrillic
)
_NUMBER = r"\d+(?:\.\d+)?"
_LEADING = re.compile(rf"^{_NUMBER}\s*(?:(?:{_UNITS})\.?\s+(?:of\s+)?|\s)", re.IGNORECASE)
_TRAILING = re.compile(rf"\s+{_NUMBER}\s*(?:{_UNITS})\.?$", re.IGNORECASE)
_AMOUNT_ALONE = re.compile(rf"{_NUMBER}\s*(?:{_UNITS})?\.?", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;\n]")


@dataclass(frozen=True, slots=True)
class Bought:
    """An order: its day on the customer's calendar, and its items by key with their names."""

    on: date
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Beside:
    """Who buys one item and another: counted over customers."""

    item: str
    other: str
    name: str
    """Of the other one, as it is written."""
    buyers: int
    """Customers who bought the first."""
    both: int
    lift: float
    """How many times more often they bought the other one than everybody does."""


@lru_cache(maxsize=4096)
def items_in(text: str) -> Mapping[str, str]:
    """The items of an order by key: "9 kg House No. 9, filters, 4 packs" has two.

    An amount in front or behind is no part of the name, and neither is upper case of the key.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN.split(text):
        words = " ".join(part.split())
        if not words or _AMOUNT_ALONE.fullmatch(words):
            continue
        name = _TRAILING.sub("", _LEADING.sub("", words)).strip()
        if name and len(name) <= LONGEST:
            found.setdefault(name.casefold(), name)
    return found


def suggestions(
    orders: Sequence[Bought], beside: Iterable[Beside], *, today: date
) -> tuple[dict[str, Any], ...]:
    """Up to three: what is due again, the longest due first, then what goes with what they have.

    `orders` are the customer's, the oldest first; `beside` what is bought with any of their items.
    """
    due = sorted(_due(orders, today), key=lambda one: one["due_on"])
    have = {key for order in orders for key in order.items}
    return (*due, *_together(orders, beside, have))[:MOST]


def _due(orders: Sequence[Bought], today: date) -> Iterable[dict[str, Any]]:
    days: dict[str, list[date]] = {}
    names: dict[str, str] = {}
    for order in orders:
        for key, name in order.items.items():
            names[key] = name
            if order.on not in days.setdefault(key, []):
                days[key].append(order.on)
    for key, bought in days.items():
        if len(bought) < FROM_TIMES:
            continue
        every = timedelta(days=round(median((b - a).days for a, b in pairwise(sorted(bought)))))
        due_on = bought[-1] + every
        soon = due_on - max(every // 4, _SOONEST)
        if soon <= today <= bought[-1] + _GIVEN_UP * every:
            yield _again(names[key], len(bought), every.days, bought[-1], due_on, today)


def _again(  # the parts of one sentence
    item: str, times: int, every: int, last: date, due_on: date, today: date
) -> dict[str, Any]:
    when = "due today"
    if due_on != today:
        when = f"{'due' if due_on > today else 'was due'} on {day_in_words(due_on)}"
    often = "every day" if every == 1 else f"every {every} days"
    bought = f"bought {times} times, about {often}, last on {day_in_words(last)}"
    return {
        "item": item,
        "kind": "due",
        "reason": f"{item}: {bought}; {when}.",
        "due_on": due_on,
        "every_days": every,
        "beside": "",
    }


def _together(
    orders: Sequence[Bought], beside: Iterable[Beside], have: set[str]
) -> Iterable[dict[str, Any]]:
    names = {key: name for order in orders for key, name in order.items.items()}
    told: set[str] = set()
    for one in sorted(beside, key=lambda one: (-one.lift, -one.both, one.other, one.item)):
        if one.item not in have or one.other in have or one.other in told:
            continue
        told.add(one.other)
        yield {
            "item": one.name,
            "kind": "together",
            "reason": (
                f"{one.name}: {one.both} of {one.buyers} customers who buy {names[one.item]} buy "
                f"it as well, {one.lift:.1f} times as often as everybody does."
            ),
            "due_on": None,
            "every_days": None,
            "beside": names[one.item],
        }
