"""How accounts stand on a day: who is late, who changed, and what is over; as flags and places."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from contacts.cadences.signals import SignalKind
from contacts.care.orders.events import Flags, Whole
from contacts.care.orders.lateness import (
    HORIZON,
    LEAST_GAPS,
    Book,
    Lateness,
    gaps_of,
    late_tail,
    lateness,
    posterior,
    silent_days,
)
from contacts.care.orders.shifts import Shifts, shifts
from contacts.care.orders.student import Floats, tail
from contacts.care.orders.sums import Sums

LATE = 0.10
"""A silence that would come less often than this is late: time for a kind word."""
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
        return np.flatnonzero(self._shifts[kind].is_seen & (self.lateness.late >= LATE))

    @cached_property
    def is_over(self) -> dict[SignalKind, Flags]:
        """By kind of shift, (accounts,): whether one noticed before is not to be seen any more."""
        return {kind: seen.is_over for kind, seen in self._shifts.items()}

    @cached_property
    def _shifts(self) -> "dict[SignalKind, _Shift]":
        seen = self.shifts
        slower, bigger = tail(seen.pace, seen.pace_freedom), tail(seen.amount, seen.amount_freedom)
        longer = seen.gap_lately / seen.gap_before
        more = seen.amount_lately / seen.amount_before
        return {
            SignalKind.SLOWER: _shift(slower, longer),
            SignalKind.FASTER: _shift(1 - slower, 1 / longer),
            SignalKind.SMALLER: _shift(1 - bigger, 1 / more),
            SignalKind.BIGGER: _shift(bigger, more),
            SignalKind.IRREGULAR: _unevenness(seen, np.minimum(slower, 1 - slower)),
        }


class _Shift(NamedTuple):
    """Each (accounts,); an account with too few gaps to tell has none, and is through with any."""

    is_seen: Flags
    is_over: Flags


def _shift(chance: Floats, factor: Floats) -> _Shift:
    """By the chance of as much if nothing had changed, and the factor by which it changed."""
    return _Shift((chance < RARE) & (factor >= CHANGED), ~(chance < USUAL_AGAIN))


def _unevenness(seen: Shifts, of_pace: Floats) -> _Shift:
    """Gaps that are longer or shorter as a whole are uneven too, and said to be that alone."""
    is_pace = of_pace < USUAL_AGAIN
    return _Shift((seen.unevenness > UNEVEN) & ~is_pace, is_pace | ~(seen.unevenness > EVEN_AGAIN))
