"""The tail of Student's t distribution, in numpy alone.

P(T > t) of `df` degrees of freedom is I_x(df/2, 1/2) / 2 for t >= 0, with x = df / (df + t²), where
I is the regularised incomplete beta function (Abramowitz & Stegun 26.7.1; NIST DLMF 8.17). I comes
from its continued fraction (DLMF 8.17.22), worked out forwards by Lentz's method.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LONGEST = 300  # terms; for the arguments of our use the fraction settles within 40
_CLOSE = 1e-12
_TINY = 1e-300
_AT_ONCE = 50_000  # values, so that what the fraction needs besides stays in the caches
_HALVINGS = 30


def tail(t: Floats, df: Floats) -> Floats:
    """P(T > t) of Student's t; both (accounts,), the result too. Source: see the module.

    NaN where t is NaN.
    """
    t, df = np.broadcast_arrays(np.asarray(t, np.float64), np.asarray(df, np.float64))
    found = np.full(t.shape, np.nan)
    known = np.flatnonzero(~np.isnan(t))
    for start in range(0, len(known), _AT_ONCE):
        part = known[start : start + _AT_ONCE]
        found[part] = _tail(t[part], df[part])
    return found


def quantile(upper: float, df: Floats) -> Floats:
    """The t above which a share `upper` (below one half) lies, (accounts,); found by halving."""
    low, high = np.zeros(len(df)), np.ones(len(df))
    while (short := tail(high, df) > upper).any():
        high[short] *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_above = tail(middle, df) > upper
        low, high = np.where(is_above, middle, low), np.where(is_above, high, middle)
    return (low + high) / 2


def _tail(t: Floats, df: Floats) -> Floats:
    x = df / (df + t * t)
    half = 0.5 * _incomplete_beta(df / 2, x, 1 - x)
    return np.asarray(np.where(t >= 0, half, 1 - half))


def _incomplete_beta(a: Floats, x: Floats, rest: Floats) -> Floats:
    """I_x(a, 1/2), with rest = 1 - x.

    The fraction settles fast for x < (a + 1) / (a + 5/2); above that I_x(a, b) is taken as
    1 - I_(1-x)(b, a) (DLMF 8.17.4).
    """
    half = np.full(len(a), 0.5)
    turned = x > (a + 1) / (a + 2.5)
    first, second = np.where(turned, half, a), np.where(turned, a, half)
    at, beyond = np.where(turned, rest, x), np.where(turned, x, rest)
    with np.errstate(divide="ignore"):
        front = np.exp(first * np.log(at) + second * np.log(beyond) - _log_beta(a)) / first
    value = front * _fraction(first, second, at)
    return np.asarray(np.clip(np.where(turned, 1 - value, value), 0.0, 1.0))


def _log_beta(a: Floats) -> Floats:
    """ln B(a, 1/2), (accounts,); accounts share few different values of a."""
    distinct, places = np.unique(a, return_inverse=True)
    ratio = [math.lgamma(one) - math.lgamma(one + 0.5) for one in distinct.tolist()]
    return np.asarray(np.array(ratio)[places] + 0.5 * math.log(math.pi))


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """The continued fraction of DLMF 8.17.22, by the modified Lentz method."""
    c = np.ones(len(x))
    d = 1 / _away_from_nought(1 - (a + b) * x / (a + 1))
    value = d.copy()
    for m in range(1, _LONGEST):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_nought(1 + term * d)
            c = _away_from_nought(1 + term / c)
            value *= c * d
        if np.abs(c * d - 1).max(initial=0.0) < _CLOSE:
            break
    return value


def _away_from_nought(value: Floats) -> Floats:
    return np.where(np.abs(value) < _TINY, _TINY, value)
