"""Through which day the orders are known: silence counts to that day, not to today.

With a feed a week behind, half of those who order every week would look late.
"""

import numpy as np

from contacts.care.orders.events import Whole
from contacts.care.orders.sums import Sums

_LOOKED_AT = 120
"""Days before the newest order whose pauses tell how long the whole book may be silent."""
_WEEK = 7
_ENOUGH = 4
"""Pauses behind one day of the week that tell for it; with fewer those of the whole week do."""


def complete_through(sums: Sums, *, today: int, imported: int | None) -> int:
    """The ordinal of the day through which all orders of (accounts,) are known; 0 without any.

    That is the day of the newest order, or later by as many days as the whole book was at times
    without any order behind this day of the week, e.g. over a weekend: such days are no gap of the
    feed. It is never later than `today`, nor than the day on which a file of orders was `imported`
    last, if that is known.
    """
    newest = min(int(sums.last_on.max(initial=0)), today)
    if not newest:
        return 0
    seen = today if imported is None or imported < newest else min(imported, today)
    return max(newest, min(newest + _longest_pause(sums, newest), seen))


def _longest_pause(sums: Sums, newest: int) -> int:
    """Days in a row on which nobody ordered, at most, behind such a day of the week.

    A weekend behind a Tuesday would make two days late of a feed that is behind.
    """
    days = np.unique(_order_days(sums, newest - _LOOKED_AT))
    apart = np.diff(days)
    alike = apart[(newest - days[:-1]) % _WEEK == 0]
    return int((alike if len(alike) >= _ENOUGH else apart).max(initial=1)) - 1


def _order_days(sums: Sums, since: int) -> Whole:
    """Days with orders, as far as the gaps that are kept tell them."""
    lately = sums.last_on >= since
    back = np.cumsum(
        np.where(sums.recent_gaps[lately] > 0, sums.recent_gaps[lately], 10**6), axis=1
    )
    days = np.c_[sums.last_on[lately], sums.last_on[lately][:, None] - back].ravel()
    return np.asarray(days[days >= since], np.int64)
