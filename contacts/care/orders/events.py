"""Order events out of rows of orders: one for each day on which an account bought something."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from contacts.care.orders.student import Floats

Whole = NDArray[np.int64]


class Rows(NamedTuple):
    """Orders as columns, in any order; each (rows,)."""

    account: Whole  # place of the account in whatever the caller numbers them by, from 0
    day: Whole  # proleptic ordinal of the day, as date.toordinal gives it
    amount: Floats  # in the account's currency; negative for a return


@dataclass(frozen=True, slots=True)
class Events:
    """Days with something bought, by account and day ascending; each (events,)."""

    account: Whole
    day: Whole
    amount: Floats  # above nought


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was ordered and what came back, by account; each (accounts,), in its currency."""

    ordered: Floats
    returned: Floats


def events_of(rows: Rows) -> Events:
    """Merge what an account ordered and returned on one day; keep the days that are above nought.

    Shapes: (rows,) in, (events,) out. Amounts are in the account's currency.
    """
    if not len(rows.day):
        return Events(rows.account, rows.day, rows.amount)
    order = np.lexsort((rows.day, rows.account))
    account, day, amount = rows.account[order], rows.day[order], rows.amount[order]
    is_first = np.r_[True, (account[1:] != account[:-1]) | (day[1:] != day[:-1])]
    starts = np.flatnonzero(is_first)
    net = np.add.reduceat(amount, starts)
    # Amounts have cents; what is left of a sum that is nought is the last bits of the floats.
    kept = net > 0.001  # a tenth of a cent
    return Events(account[starts][kept], day[starts][kept], net[kept])


def turnover_of(rows: Rows, accounts: int) -> Turnover:
    """What each of so many accounts ordered and returned, apart; (accounts,) in currency."""
    bought, back = np.maximum(rows.amount, 0), np.maximum(-rows.amount, 0)
    return Turnover(
        ordered=np.asarray(np.bincount(rows.account, bought, accounts), np.float64),
        returned=np.asarray(np.bincount(rows.account, back, accounts), np.float64),
    )
