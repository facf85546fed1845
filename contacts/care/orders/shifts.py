"""What changed lately in accounts that still order: how often, how much, how evenly."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from contacts.care.orders.lateness import JITTER, Book, amounts_of, gaps_of, posterior
from contacts.care.orders.prior import Logs, Prior
from contacts.care.orders.student import Floats
from contacts.care.orders.sums import Sums

LAST = 3
"""Gaps, or amounts, that are compared with those before."""
LATELY = 4
"""Gaps whose unevenness is looked at."""
LEAST_GAPS = 6


@dataclass(frozen=True, slots=True)
class Shifts:
    """Each (accounts,); NaN where an account has too few gaps to tell."""

    pace: Floats  # t of the last gaps: above nought they are longer than before
    amount: Floats  # t of the last amounts: above nought they are bigger
    unevenness: Floats  # mean squared standardised deviation of the last LATELY gaps; about 1
    pace_freedom: Floats  # degrees of freedom of the t
    amount_freedom: Floats
    gap_before: Floats  # days, the account's own usual gap before the last ones
    gap_lately: Floats  # days
    amount_before: Floats  # money
    amount_lately: Floats  # money


def shifts(sums: Sums, book: Book, *, least_gaps: int = LEAST_GAPS) -> Shifts:
    """The last gaps and amounts of (accounts,) against what was usual for them before.

    A mean of m new values from an account's posterior is Student's t with the scale
    sqrt(b / a (1/m + 1/k)): the posterior predictive of a mean (Murphy 2007, section 6).
    """
    enough = sums.gaps >= least_gaps
    in_main = sums.amounts > least_gaps  # one more than gaps, but for orders in other currencies
    pace = _departure(gaps_of(sums), sums.recent_gaps[:, :LAST], book.gaps)
    amount = _departure(amounts_of(sums), sums.recent_amounts[:, :LAST], book.amounts)
    return Shifts(
        pace=np.where(enough, pace.t, np.nan),
        amount=np.where(enough & in_main, amount.t, np.nan),
        unevenness=np.where(enough, _unevenness(sums, book.gaps), np.nan),
        pace_freedom=pace.freedom,
        amount_freedom=amount.freedom,
        gap_before=np.exp(pace.before),
        gap_lately=np.exp(pace.lately),
        amount_before=np.exp(amount.before),
        amount_lately=np.exp(amount.lately),
    )


class _Departure(NamedTuple):
    """Of the last values from what was expected of them; each (accounts,)."""

    t: Floats
    freedom: Floats  # degrees of freedom
    before: Floats  # the mean logarithm of the account's own values before them
    lately: Floats  # theirs


def _departure(logs: Logs, recent: Any, prior: Prior) -> _Departure:
    last = _logs(recent)
    own = _without(logs, last)
    before = posterior(own, prior)
    lately = _mean(last)
    variance = before.scale / before.shape * (1 / LAST + 1 / before.weight) + JITTER**2 / LAST
    t = (lately - before.centre) / np.sqrt(variance)
    # The book's share in the centre is for the chance; nobody could check it against the orders.
    return _Departure(t, before.freedom, np.where(own.number > 0, own.mean, before.centre), lately)


def _unevenness(sums: Sums, prior: Prior) -> Floats:
    last = _logs(sums.recent_gaps[:, :LATELY])
    before = posterior(_without(gaps_of(sums), last), prior)
    deviation = (last - before.centre[:, None]) / before.spread[:, None]
    return _mean(deviation * deviation)


def _without(logs: Logs, last: Floats) -> Logs:
    """The sums as they were before these values."""
    there = np.nan_to_num(last)
    count = logs.number - np.isfinite(last).sum(axis=1)
    return Logs(
        np.maximum(count, 0),
        np.where(count > 0, logs.sum - there.sum(axis=1), 0.0),
        np.where(count > 0, logs.squares - (there * there).sum(axis=1), 0.0),
    )


def _logs(values: Any) -> Floats:
    """NaN where there is no value."""
    return np.log(np.where(values > 0, values, np.nan))


def _mean(values: Floats) -> Floats:
    """Of each row, leaving out what is NaN; nought where all is."""
    there = np.isfinite(values)
    count = np.maximum(there.sum(axis=1), 1)
    return np.asarray(np.nan_to_num(values).sum(axis=1) / count)
