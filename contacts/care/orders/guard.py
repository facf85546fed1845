"""Whether so many accounts became late at once that the book or its feed must be the reason.

A season, a strike, or orders that no longer arrive: then nobody is told, and a person looks.
"""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from contacts.care.orders.lateness import gaps_of, late_tail, posterior, silent_days
from contacts.care.orders.standing import LATE, Standing

NIGHTS = 28
"""Looks whose level counts as usual."""
_LEAST_NIGHTS = 7
_TIMES = 2.0
_FEW = 5
"""Of a small book a handful is chance."""


class Night(NamedTuple):
    """What one look found."""

    watched: int
    newly: int
    days: int  # since the look before, as far as orders were known

    @property
    def share(self) -> float:
        """Of the accounts, who become late on a day."""
        return self.newly / max(self.watched * self.days, 1)


def tonight(standing: Standing, before: int | None) -> Night:
    """Who became late since the look that knew the orders through that ordinal."""
    watched = int(standing.is_watched.sum())
    if before is None or standing.complete <= before:
        return Night(watched, 0, 0)
    days = standing.complete - before
    some = standing.sums.take(np.flatnonzero(standing.is_late))
    earlier = np.maximum(silent_days(some, standing.complete) - days, 1.0)
    was = late_tail(posterior(gaps_of(some), standing.book.gaps), earlier) < LATE
    return Night(watched, int((~was).sum()), days)


def is_too_many(now: Night, nights: Sequence[Night], *, was_held: bool) -> bool:
    """Whether it is more than twice the usual level of these earlier nights.

    A look that knows of no day more than the one before it, which may have held, stands by that.
    """
    if not now.days:
        return was_held
    usual = [one.share for one in nights if one.days]
    if len(usual) < _LEAST_NIGHTS or now.newly < _FEW:
        return False
    return now.share > _TIMES * median(usual)
