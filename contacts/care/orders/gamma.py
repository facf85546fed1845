"""The first two derivatives of ln Γ, which fit the prior of many variances; in numpy alone."""

import numpy as np

from contacts.care.orders.student import Floats

_LARGE = 10.0
"""From here on the asymptotic series below are right to some twelve digits."""
_ROUNDS = 60


def digamma(x: Floats) -> Floats:
    """ψ(x) for x > 0, any shape: recurrence DLMF 5.5.2 up to 10, then the series DLMF 5.11.2."""
    x, below = np.array(x, np.float64), np.zeros(np.shape(x))
    while (small := x < _LARGE).any():
        below[small] -= 1 / x[small]
        x[small] += 1
    inverse = 1 / (x * x)
    series = inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse / 240)))
    return np.asarray(below + np.log(x) - 0.5 / x - series)


def trigamma(x: Floats) -> Floats:
    """ψ'(x) for x > 0, any shape: recurrence DLMF 5.15.5 up to 10, then the series DLMF 5.15.8."""
    x, below = np.array(x, np.float64), np.zeros(np.shape(x))
    while (small := x < _LARGE).any():
        below[small] += 1 / (x[small] * x[small])
        x[small] += 1
    inverse = 1 / (x * x)
    series = 1 / 6 - inverse * (1 / 30 - inverse * (1 / 42 - inverse / 30))
    return np.asarray(below + 1 / x + 0.5 * inverse + inverse / x * series)


def inverse_trigamma(y: float) -> float:
    """The x with ψ'(x) = y > 0. ψ' falls from infinity to nought, so halving cannot fail."""
    low, high = 1e-8, 1.0
    while trigamma(np.array([high]))[0] > y:
        low, high = high, high * 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if trigamma(np.array([middle]))[0] > y:
            low = middle
        else:
            high = middle
    return (low + high) / 2
