"""Which accounts depart from their own rhythm now, with the reason for each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from contacts.cadences.signals import SignalKind
from contacts.care.orders import words
from contacts.care.orders.events import Flags, Whole
from contacts.care.orders.lateness import (
    HORIZON,
    LEAST_GAPS,
    Book,
    Lateness,
    gaps_of,
    half_of_gaps,
    late_tail,
    lateness,
    posterior,
    silent_days,
)
from contacts.care.orders.shifts import LATELY, Shifts, shifts
from contacts.care.orders.student import Floats, tail
from contacts.care.orders.sums import Sums

LATE = 0.10
"""A silence that would come less often than this is late: time for a kind word."""
FIRM = 0.65
"""From this chance to stay silent on, a person should look."""
OLD_NEWS = 60.0
"""Days. Who has been late for longer, and for HORIZON own gaps, is nothing that was noticed now."""
RARE = 0.005
"""A shift is said where chance alone would bring it in fewer of 200 accounts than one."""
USUAL_AGAIN = 0.05
CHANGED = 1.5
"""A shift by less than this factor is no matter, however sure it is."""
UNEVEN = 5.2
"""Mean squared deviation that four gaps pass in one of 200 accounts (F of 4 and 20 degrees)."""
EVEN_AGAIN = 2.0
SUBSCRIPTION_GRACE = 7.0
"""Days past the usual one for a subscription, whose calendar slips by a card that is refused."""

WEIGHTS = {
    SignalKind.SMALLER: 0.5,
    SignalKind.SLOWER: 0.5,
    SignalKind.IRREGULAR: 0.4,
    SignalKind.BIGGER: 0.3,
    SignalKind.FASTER: 0.3,
}
"""Behind those who are gone for likely, and before those who are only a little late."""

Figures = dict[str, float | int | str]


class Noticed(NamedTuple):
    """A departure of one account."""

    place: int  # of the account among the sums
    kind: SignalKind
    key: str  # the day of its last order: the same gap, or shift, is the same key
    reason: str
    weight: float  # 0 to 1: where it stands among all that there is to do
    figures: Figures


@dataclass(frozen=True)
class Standing:
    """How (accounts,) stand as of the ordinal of the day the orders are known through."""

    sums: Sums
    book: Book
    complete: int

    @cached_property
    def lateness(self) -> Lateness:
        return lateness(self.sums, self.book, self.complete)

    @cached_property
    def shifts(self) -> Shifts:
        return shifts(self.sums, self.book)

    @cached_property
    def is_watched(self) -> Flags:
        """(accounts,): with gaps enough to be late."""
        return self.sums.gaps >= LEAST_GAPS

    @cached_property
    def is_late(self) -> Flags:
        """(accounts,): late against the own rhythm, however long ago that began."""
        return self.is_watched & (self.lateness.late < LATE)

    def newly_late(self, subscribed: Flags | None = None) -> Whole:
        """Places of the accounts that are late, and were not already long ago."""
        places = np.flatnonzero(self.is_late)
        some = self.sums.take(places)
        usual = self.lateness.usual[places]
        silent = silent_days(some, self.complete)
        if subscribed is not None:
            slipped = subscribed[places] & (silent < usual + SUBSCRIPTION_GRACE)
            places, some, usual, silent = (
                places[~slipped], some.take(np.flatnonzero(~slipped)), usual[~slipped],
                silent[~slipped],
            )  # fmt: skip
        earlier = np.maximum(silent - np.maximum(HORIZON * usual, OLD_NEWS), 1.0)
        was_late = late_tail(posterior(gaps_of(some), self.book.gaps), earlier) < LATE
        return places[~was_late]

    def shifted(self, kind: SignalKind) -> Whole:
        """Places of the accounts that still order, with a shift of this kind."""
        seen = self._shifts[kind]
        with np.errstate(invalid="ignore"):
            is_rare = (seen.chance < RARE) & (seen.factor >= CHANGED)
        return np.flatnonzero(is_rare & (self.lateness.late >= LATE))

    @cached_property
    def is_over(self) -> dict[SignalKind, Flags]:
        """By kind of shift, (accounts,): whether one noticed before is not to be seen any more."""
        with np.errstate(invalid="ignore"):
            return {kind: ~(seen.chance < USUAL_AGAIN) for kind, seen in self._shifts.items()}

    @cached_property
    def _shifts(self) -> "dict[SignalKind, _Shift]":
        return {kind: self._shift(kind) for kind in SignalKind if kind is not SignalKind.LATE}

    def _shift(self, kind: SignalKind) -> "_Shift":
        seen = self.shifts
        if kind is SignalKind.IRREGULAR:
            return self._unevenness
        before, lately = (seen.gap_before, seen.gap_lately)
        t, freedom = seen.pace, seen.pace_freedom
        if kind in (SignalKind.SMALLER, SignalKind.BIGGER):
            before, lately = (seen.amount_before, seen.amount_lately)
            t, freedom = seen.amount, seen.amount_freedom
        if kind in (SignalKind.SLOWER, SignalKind.BIGGER):
            return _Shift(tail(t, freedom), lately / before)
        return _Shift(tail(-t, freedom), before / lately)

    @cached_property
    def _unevenness(self) -> "_Shift":
        """Of gaps that are longer or shorter as a whole nothing more is said."""
        seen = self.shifts
        with np.errstate(invalid="ignore"):
            is_shift = tail(np.abs(seen.pace), seen.pace_freedom) < USUAL_AGAIN
            chance = np.where(
                seen.unevenness > UNEVEN,
                0.0,
                np.where(seen.unevenness > EVEN_AGAIN, (RARE + USUAL_AGAIN) / 2, 1.0),
            )
        return _Shift(np.where(is_shift, 1.0, chance), np.full(len(chance), CHANGED))


class _Shift(NamedTuple):
    """Each (accounts,)."""

    chance: Floats  # of as much if nothing had changed; NaN where that is not known
    factor: Floats  # by which it changed


def noticed(
    standing: Standing, currency: Callable[[int], str], subscribed: Flags | None = None
) -> Iterator[Noticed]:
    """Everything that departs now; `currency` tells an account's by its place."""
    yield from late_ones(standing, standing.newly_late(subscribed))
    for kind in SignalKind:
        if kind is not SignalKind.LATE:
            yield from _shifted(standing, kind, currency)


def tier_of(silent: float) -> str:
    """soft: a kind word is enough. firm: a person should look."""
    return "firm" if silent >= FIRM else "soft"


def late_ones(standing: Standing, places: Whole) -> Iterator[Noticed]:
    some = standing.sums.take(places)
    shorter, longer = half_of_gaps(some, standing.book)
    found = standing.lateness
    for row, place in enumerate(places.tolist()):
        days = standing.complete - int(some.last_on[row])
        usual, late = float(found.usual[place]), float(found.late[place])
        between = (float(shorter[row]), float(longer[row]))
        reason = words.late(usual=usual, between=between, silent=days, chance=late)
        figures: Figures = {
            "usual_days": round(usual, 1),
            "half_from_days": round(between[0], 1),
            "half_to_days": round(between[1], 1),
            "silent_days": days,
            "late": float(f"{late:.3g}"),
            "gone": round(float(found.gone[place]), 4),
            "silent": round(float(found.silent[place]), 4),
            "tier": tier_of(float(found.silent[place])),
        }
        weight = float(figures["silent"])
        yield Noticed(place, SignalKind.LATE, _key(some, row), reason, weight, figures)


def _shifted(
    standing: Standing, kind: SignalKind, currency: Callable[[int], str]
) -> Iterator[Noticed]:
    sums, seen = standing.sums, standing.shifts
    for place in standing.shifted(kind).tolist():
        if kind is SignalKind.IRREGULAR:
            gaps = [int(days) for days in sums.recent_gaps[place, :LATELY][::-1]]
            usual = float(seen.gap_before[place])
            reason = words.uneven(usual=usual, gaps=gaps)
            figures: Figures = {"usual_days": round(usual, 1)}
        elif kind in (SignalKind.SLOWER, SignalKind.FASTER):
            before, lately = float(seen.gap_before[place]), float(seen.gap_lately[place])
            reason = words.pace(before=before, lately=lately)
            figures = {"usual_days": round(before, 1), "lately_days": round(lately, 1)}
        else:
            before, lately = float(seen.amount_before[place]), float(seen.amount_lately[place])
            reason = words.size(before=before, lately=lately, currency=currency(place))
            figures = {"usual_amount": round(before, 2), "lately_amount": round(lately, 2)}
        yield Noticed(place, kind, _key(sums, place), reason, WEIGHTS[kind], figures)


def _key(sums: Sums, place: int) -> str:
    return date.fromordinal(int(sums.last_on[place])).isoformat()
