"""What is kept of each account's orders: sums that grow with every order, and the last few values.

Nothing else is needed to say what is usual for the account, so a night reads new orders alone.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from contacts.care.orders.events import Events, Turnover, Whole
from contacts.care.orders.student import Floats

RECENT_GAPS = 12
"""Gaps that are kept one by one: their median is the account's own, and the last tell of change."""
RECENT_AMOUNTS = 3


@dataclass(slots=True)
class Sums:
    """Of every account; each (accounts,), where nothing else is said. Logarithms are natural."""

    gaps: Whole  # between order events: their number less one; 0 also where there is no order
    first_on: Whole  # ordinal of the first event's day; 0 without one
    last_on: Whole  # of the last one
    gap_sum: Floats  # of ln days
    gap_squares: Floats  # of (ln days)²
    recent_gaps: Whole  # (accounts, RECENT_GAPS) days, the newest first; 0 where there are fewer
    amounts: Whole  # events whose amount is known in the main currency
    amount_sum: Floats  # of ln amount
    amount_squares: Floats
    recent_amounts: Floats  # (accounts, RECENT_AMOUNTS) money, the newest first; else 0
    ordered: Floats  # money
    returned: Floats  # money that came back, above nought

    def __len__(self) -> int:
        return len(self.gaps)

    def take(self, places: Whole) -> Self:
        """These accounts alone, in this order."""
        return type(self)(*(getattr(self, part.name)[places] for part in fields(self)))

    @property
    def orders(self) -> Whole:
        """Order events, (accounts,)."""
        return np.where(self.last_on > 0, self.gaps + 1, 0)

    @property
    def return_share(self) -> Floats:
        """Of the money ordered, the part that came back; nought where nothing was ordered."""
        return np.divide(
            self.returned, self.ordered, out=np.zeros(len(self)), where=self.ordered > 0
        )


def no_orders(accounts: int) -> Sums:
    """The sums of so many accounts that have not ordered yet."""
    return Sums(
        gaps=np.zeros(accounts, np.int64),
        first_on=np.zeros(accounts, np.int64),
        last_on=np.zeros(accounts, np.int64),
        gap_sum=np.zeros(accounts),
        gap_squares=np.zeros(accounts),
        recent_gaps=np.zeros((accounts, RECENT_GAPS), np.int64),
        amounts=np.zeros(accounts, np.int64),
        amount_sum=np.zeros(accounts),
        amount_squares=np.zeros(accounts),
        recent_amounts=np.zeros((accounts, RECENT_AMOUNTS)),
        ordered=np.zeros(accounts),
        returned=np.zeros(accounts),
    )


def together(parts: list[Sums]) -> Sums:
    """The accounts of all parts in one, in their order."""
    if not parts:
        return no_orders(0)
    names = [part.name for part in fields(Sums)]
    return Sums(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fold(sums: Sums, events: Events, turnover: Turnover) -> None:
    """Take in events that are all later than what their accounts had; changes `sums` in place.

    `events.account` is the place in `sums`; an event on or before an account's last day needs the
    account made anew from all its orders, which is this same fold from `no_orders`.
    """
    sums.ordered += turnover.ordered
    sums.returned += turnover.returned
    if not len(events.day):
        return
    account = events.account
    is_first = np.r_[True, account[1:] != account[:-1]]
    before = np.where(is_first, sums.last_on[account], np.r_[0, events.day[:-1]])
    if ((before > 0) & (events.day <= before)).any():
        raise ValueError("an event is not later than what its account had")
    has_gap = before > 0
    days = np.where(has_gap, events.day - before, 1)
    gap = np.log(days)
    is_known = ~np.isnan(events.amount)
    amount = np.log(np.where(is_known, events.amount, 1.0))
    accounts = len(sums)
    sums.gaps += np.bincount(account[has_gap], minlength=accounts)
    sums.gap_sum += np.bincount(account, gap, accounts)
    sums.gap_squares += np.bincount(account, gap * gap, accounts)
    sums.amounts += np.bincount(account[is_known], minlength=accounts)
    sums.amount_sum += np.bincount(account, amount, accounts)
    sums.amount_squares += np.bincount(account, amount * amount, accounts)
    _shift(sums.recent_gaps, account[has_gap], days[has_gap])
    _shift(sums.recent_amounts, account[is_known], events.amount[is_known])
    starts = account[is_first]
    new = sums.first_on[starts] == 0
    sums.first_on[starts[new]] = events.day[is_first][new]
    is_last = np.r_[is_first[1:], True]
    sums.last_on[account[is_last]] = events.day[is_last]


def _shift(recent: NDArray[Any], account: Whole, value: NDArray[Any]) -> None:
    """Put each account's new values, by time ascending, before the ones that it had."""
    if not len(account):
        return
    ends = np.flatnonzero(np.r_[account[1:] != account[:-1], True])
    met = account[ends]
    added = np.diff(np.r_[-1, ends])[:, None]
    before = recent[met]
    places = np.arange(recent.shape[1])
    newest = value[np.maximum(ends[:, None] - places, 0)]
    older = np.take_along_axis(before, np.maximum(places - added, 0), axis=1)
    recent[met] = np.where(places < added, newest, older)
