"""What is usual in the whole book: the prior from which each account's own rhythm is learnt.

Everything is closed form but two searches that cannot fail: a halving, and a grid.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from contacts.care.orders.events import Whole
from contacts.care.orders.gamma import digamma, inverse_trigamma, trigamma
from contacts.care.orders.student import Floats

_ENOUGH = 20
"""Accounts that a moment is worked out from; of fewer the book is taken to be like most books."""
_LEAST_SHAPE, _MOST_SHAPE = 4.0, 40.0
_LEAST_WEIGHT, _MOST_WEIGHT = 0.05, 20.0
_LEAST_SPREAD = 0.15
"""Calendars alone move an order by so much: weekends, holidays, the day of the delivery van."""
_TO_VARY = 2
"""Values that a variance of one's own takes; and those that a rhythm of one's own does:"""
_TO_KNOW = 3
_GRID_ACCOUNTS = 10_000
_LEAVE_SHARES = np.geomspace(0.005, 0.5, 24)
_LEAVE_WEIGHTS = np.geomspace(1.0, 100.0, 12)


class Logs(NamedTuple):
    """Logarithms of one kind, gaps or amounts, as sums by account; each (accounts,)."""

    number: Whole
    sum: Floats
    squares: Floats

    @property
    def mean(self) -> Floats:
        return np.divide(self.sum, self.number, out=np.zeros(len(self.sum)), where=self.number > 0)

    @property
    def deviation(self) -> Floats:
        """The sum of squared deviations from the account's mean."""
        return np.maximum(self.squares - self.sum * self.mean, 0.0)


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal-inverse-gamma: mean ~ N(mean, variance / weight), variance ~ IG(shape, scale)."""

    mean: float  # ln days, or ln money
    weight: float  # observations that it is worth
    shape: float
    scale: float  # of squared logarithms


USUAL_GAPS = Prior(mean=float(np.log(30.0)), weight=1.0, shape=4.0, scale=2.0)
USUAL_AMOUNTS = Prior(mean=float(np.log(100.0)), weight=1.0, shape=4.0, scale=1.0)
"""Of a book too small to tell; a book's own mean takes its place as soon as there is one."""


class Leaving(NamedTuple):
    """The chance to leave after an order is A / (A + B + n) after n gaps."""

    a: float
    b: float


USUAL_LEAVING = Leaving(1.0, 9.0)


def prior_of(logs: Logs, usual: Prior) -> Prior:
    """The prior of a book by moments (Smyth 2004, section 6.2: limma's squeezeVar).

    `logs` has (accounts,) sums of natural logarithms; `usual` is for what too few accounts tell.
    """
    known = logs.number > 0
    if not known.any():
        return usual
    mean = float(np.median(logs.mean[known]))
    several = logs.number >= _TO_VARY
    if several.sum() < _ENOUGH:
        return Prior(mean, usual.weight, usual.shape, usual.scale)
    count = logs.number[several].astype(np.float64)
    variance = logs.deviation[several] / (count - 1)
    shape, expected = _squeezed(variance, count - 1)
    return Prior(mean, _weight(logs, expected), shape, shape * expected)


def _squeezed(variance: Floats, freedom: Floats) -> tuple[float, float]:
    """The shape of the variances' prior, and the variance it expects.

    z = ln s² has the mean ln s0² + ψ(d/2) - ψ(d0/2) - ln(d/d0) and the variance ψ'(d/2) + ψ'(d0/2).
    """
    half = freedom / 2
    z = np.log(np.maximum(variance, _LEAST_SPREAD**2)) - digamma(half) + np.log(half)
    # Weighed by what each is worth, for the variance of two gaps says next to nothing.
    worth = 1 / (1 + trigamma(half))
    mean = float(np.average(z, weights=worth))
    spread = float(np.average((z - mean) ** 2 - trigamma(half), weights=worth))
    shape = _MOST_SHAPE if spread <= 0 else min(inverse_trigamma(spread), _MOST_SHAPE)
    at = np.array([shape])
    expected = float(np.exp(mean + digamma(at)[0] - np.log(shape)))
    return max(shape, _LEAST_SHAPE), expected


def _weight(logs: Logs, variance: float) -> float:
    """How many observations the book's mean is worth: the variance within by that between accounts.

    What the accounts' means owe to chance is left in the latter. Taken out, the weight doubles, and
    an account that orders twice as often as the others is then believed too late.
    """
    known = logs.number >= _TO_KNOW
    between = float(np.var(logs.mean[known])) if known.sum() >= _ENOUGH else 0.0
    if between <= 0:
        return _MOST_WEIGHT if known.sum() >= _ENOUGH else 1.0
    return float(np.clip(variance / between, _LEAST_WEIGHT, _MOST_WEIGHT))


def leaving_of(gaps: Whole, late: Floats) -> Leaving:
    """A and B by the likelihood on a grid; `gaps` and `late`, the tail of its silence, (accounts,).

    An account that made n gaps stayed n times, and is then either gone or only silent: the
    beta-geometric model of Fader, Hardie & Lee (2005) with our own tail for the silence.
    """
    known = np.flatnonzero(gaps > 0)
    if len(known) < _ENOUGH:
        return USUAL_LEAVING
    sample = known[:: max(1, len(known) // _GRID_ACCOUNTS)]
    n, places = np.unique(gaps[sample], return_inverse=True)
    silent = late[sample]
    best, found = -np.inf, USUAL_LEAVING
    for share in _LEAVE_SHARES:
        a = share * _LEAVE_WEIGHTS[:, None]
        b = _LEAVE_WEIGHTS[:, None] - a
        stayed = np.cumsum(np.log1p(-a / (a + b + np.arange(n[-1]))), axis=1)[:, n - 1]
        leave = (a / (a + b + n))[:, places]
        stands = np.log(leave + (1 - leave) * silent).sum(axis=1)
        likelihood = stayed @ np.bincount(places) + stands
        if likelihood.max() > best:
            at = int(likelihood.argmax())
            best, found = float(likelihood[at]), Leaving(float(a[at, 0]), float(b[at, 0]))
    return found
