"""How late each account is against its own rhythm, and how likely it stays silent."""

from dataclasses import dataclass

import numpy as np

from contacts.care.orders.events import Whole
from contacts.care.orders.prior import (
    USUAL_AMOUNTS,
    USUAL_GAPS,
    Leaving,
    Logs,
    Prior,
    leaving_of,
    prior_of,
)
from contacts.care.orders.student import Floats, quantile, tail
from contacts.care.orders.sums import RECENT_GAPS, Sums

JITTER = 0.15
"""Calendars alone spread a gap by so much, in ln days, however regular an account is."""
HORIZON = 3.0
"""Own usual gaps that "stays silent" looks ahead."""
LEAST_GAPS = 3
"""With fewer an account's rhythm is still being learnt."""
_BARELY = 0.5  # days; the day of the order itself is some silence already
_LEAST_TAIL = 1e-12
_FAR = 10**6  # days; beyond every gap


@dataclass(frozen=True, slots=True)
class Book:
    """What was learnt of the whole book of accounts."""

    gaps: Prior
    amounts: Prior
    leaving: Leaving


@dataclass(frozen=True, slots=True)
class Posterior:
    """What an account's next logarithm is expected to be, as Student's t; each (accounts,)."""

    centre: Floats  # ln days, or ln money
    weight: Floats  # observations that the centre is worth
    shape: Floats
    scale: Floats  # of squared logarithms

    @property
    def freedom(self) -> Floats:
        """Degrees of freedom."""
        return 2 * self.shape

    @property
    def spread(self) -> Floats:
        """The scale of the next gap, in ln days, the jitter of calendars included."""
        variance = self.scale * (self.weight + 1) / (self.shape * self.weight)
        return np.sqrt(variance + JITTER**2)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How each account stands; each (accounts,)."""

    usual: Floats  # days: half of its last gaps are shorter; the book's where it has none
    late: Floats  # the chance of so long a silence if nothing has changed
    gone: Floats  # the chance that it has left
    silent: Floats  # the chance that it stays silent for the next HORIZON usual gaps


def gaps_of(sums: Sums) -> Logs:
    """The logarithms of the gaps, (accounts,) sums of ln days."""
    return Logs(sums.gaps, sums.gap_sum, sums.gap_squares)


def amounts_of(sums: Sums) -> Logs:
    """The logarithms of the amounts, (accounts,) sums of ln money."""
    return Logs(sums.amounts, sums.amount_sum, sums.amount_squares)


def learn(sums: Sums, complete: int) -> Book:
    """What is usual in a book of (accounts,), as of the ordinal of the day known to the end."""
    gaps = prior_of(gaps_of(sums), USUAL_GAPS)
    late = late_tail(posterior(gaps_of(sums), gaps), silent_days(sums, complete))
    return Book(
        gaps=gaps,
        amounts=prior_of(amounts_of(sums), USUAL_AMOUNTS),
        leaving=leaving_of(sums.gaps, late),
    )


def posterior(logs: Logs, prior: Prior) -> Posterior:
    """The book's prior with each account's own (accounts,) logarithms: the usual conjugate update.

    Source: Murphy (2007), Conjugate Bayesian analysis of the Gaussian distribution, section 6.
    """
    n = logs.number
    weight = np.asarray(prior.weight + n, np.float64)
    pull = prior.weight * n * (logs.mean - prior.mean) ** 2 / (2 * weight)
    return Posterior(
        centre=(prior.weight * prior.mean + logs.sum) / weight,
        weight=weight,
        shape=prior.shape + n / 2,
        scale=prior.scale + logs.deviation / 2 + pull,
    )


def silent_days(sums: Sums, complete: int | Whole) -> Floats:
    """Days since the last order, (accounts,), to the ordinal of the day known to the end."""
    return np.maximum(complete - sums.last_on, _BARELY).astype(np.float64)


def late_tail(expected: Posterior, days: Floats) -> Floats:
    """P(a gap longer than `days`) if nothing has changed, (accounts,): the tail of ln days."""
    return tail((np.log(days) - expected.centre) / expected.spread, expected.freedom)


def lateness(sums: Sums, book: Book, complete: int | Whole) -> Lateness:
    """How (accounts,) stand on the ordinal of the day the orders are known through.

    P(gone) = q / (q + (1 - q) p) with q = A / (A + B + n); P(silent) = 1 - (1 - P(gone)) times the
    chance to order within the horizon for one that is still there.
    """
    expected = posterior(gaps_of(sums), book.gaps)
    days = silent_days(sums, complete)
    usual = usual_gap(sums, expected)
    late = np.maximum(late_tail(expected, days), _LEAST_TAIL)
    later = late_tail(expected, days + HORIZON * usual)
    leave = book.leaving.a / (book.leaving.a + book.leaving.b + sums.gaps)
    gone = leave / (leave + (1 - leave) * late)
    silent = 1 - (1 - gone) * (1 - np.minimum(later / late, 1.0))
    return Lateness(usual, late, gone, silent)


def usual_gap(sums: Sums, expected: Posterior) -> Floats:
    """The median of an account's last gaps, (accounts,) days; without a gap, the book's."""
    kept = np.minimum(sums.gaps, RECENT_GAPS)
    days = np.sort(np.where(sums.recent_gaps > 0, sums.recent_gaps, _FAR), axis=1)
    rows = np.arange(len(sums))
    lower, upper = days[rows, np.maximum(kept - 1, 0) // 2], days[rows, kept // 2]
    return np.where(kept > 0, (lower + upper) / 2, np.exp(expected.centre))


def half_of_gaps(sums: Sums, book: Book) -> tuple[Floats, Floats]:
    """The days between which half of an account's gaps lie, (accounts,) each."""
    expected = posterior(gaps_of(sums), book.gaps)
    reach = quantile(0.25, expected.freedom) * expected.spread
    usual = usual_gap(sums, expected)  # which lies within, whatever the book is like
    shorter, longer = np.exp(expected.centre - reach), np.exp(expected.centre + reach)
    return np.minimum(shorter, usual), np.maximum(longer, usual)
