"""Order events out of rows of orders: one for each day on which an account bought something."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contacts.care.orders.student import Floats

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NOTHING = 0.001
"""A tenth of a cent: what is left of a sum that is nought is the last bits of the floats."""


class Rows(NamedTuple):
    """Orders as columns, in any order; each (rows,)."""

    account: Whole  # place of the account in whatever the caller numbers them by, from 0
    day: Whole  # proleptic ordinal of the day, as date.toordinal gives it
    amount: Floats  # money; negative for a return
    is_main: Flags  # whether the amount is in the account's main currency


@dataclass(frozen=True, slots=True)
class Events:
    """Days with something bought, by account and day ascending; each (events,)."""

    account: Whole
    day: Whole
    amount: Floats  # above nought, in the main currency; NaN for a day without any


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was ordered and what came back, in the main currency; each (accounts,)."""

    ordered: Floats
    returned: Floats


def events_of(rows: Rows) -> Events:
    """Merge what an account ordered and returned on one day; keep the days that are above nought.

    Shapes: (rows,) in, (events,) out. A day on which something was bought in another currency
    alone is an event without an amount: there is no rate by which to tell it.
    """
    if not len(rows.day):
        return Events(rows.account, rows.day, rows.amount)
    order = np.lexsort((rows.day, rows.account))
    account, day = rows.account[order], rows.day[order]
    amount, is_main = rows.amount[order], rows.is_main[order]
    is_first = np.r_[True, (account[1:] != account[:-1]) | (day[1:] != day[:-1])]
    starts = np.flatnonzero(is_first)
    main = np.add.reduceat(np.where(is_main, amount, 0.0), starts)
    others = np.add.reduceat(np.where(is_main, 0.0, amount), starts)
    kept = (main > _NOTHING) | (others > _NOTHING)
    known = np.where(main > _NOTHING, main, np.nan)
    return Events(account[starts][kept], day[starts][kept], known[kept])


def turnover_of(rows: Rows, accounts: int) -> Turnover:
    """What each of so many accounts ordered and returned, apart; (accounts,) in main currency."""
    amount = np.where(rows.is_main, rows.amount, 0.0)
    bought, back = np.maximum(amount, 0), np.maximum(-amount, 0)
    return Turnover(
        ordered=np.asarray(np.bincount(rows.account, bought, accounts), np.float64),
        returned=np.asarray(np.bincount(rows.account, back, accounts), np.float64),
    )
