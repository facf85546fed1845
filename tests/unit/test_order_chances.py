"""Student's tail, and the functions that fit the prior, against published values."""

import numpy as np
import pytest

from contacts.care.orders.gamma import digamma, inverse_trigamma, trigamma
from contacts.care.orders.student import quantile, tail

# The upper points of Student's t that every table of statistics has.
_POINTS = [
    (1, 0.25, 1.000),
    (1, 0.01, 31.821),
    (2, 0.05, 2.920),
    (5, 0.10, 1.476),
    (8, 0.001, 4.501),
    (10, 0.025, 2.228),
    (30, 0.005, 2.750),
    (120, 0.05, 1.658),
]


@pytest.mark.parametrize(("freedom", "above", "point"), _POINTS)
def test_the_tail_of_students_t_is_the_tables(freedom: int, above: float, point: float) -> None:
    got = tail(np.array([point, -point]), np.array([float(freedom)] * 2))
    assert got == pytest.approx([above, 1 - above], rel=2e-3)


def test_the_tail_is_exact_where_a_closed_form_exists() -> None:
    t = np.array([-40.0, -1.0, 0.0, 0.3, 1.0, 7.0, 900.0])
    of_one = 0.5 - np.arctan(t) / np.pi
    of_two = 0.5 - t / (2 * np.sqrt(2 + t * t))
    assert tail(t, np.ones(7)) == pytest.approx(of_one, rel=1e-9)
    assert tail(t, np.full(7, 2.0)) == pytest.approx(of_two, rel=1e-7)


def test_a_value_that_is_unknown_has_an_unknown_tail() -> None:
    got = tail(np.array([np.nan, 0.0]), np.array([5.0, 5.0]))
    assert np.isnan(got[0])
    assert got[1] == pytest.approx(0.5)


def test_a_quantile_is_where_the_tail_begins() -> None:
    freedom = np.array([1.0, 8.0, 200.0])
    assert quantile(0.25, freedom) == pytest.approx([1.0, 0.7064, 0.6757], abs=1e-4)


def test_digamma_and_trigamma_are_sums_of_fractions_at_whole_numbers() -> None:
    at = np.array([1.0, 2.0, 9.0, 30.0])
    sums = [sum(1 / k for k in range(1, int(n))) for n in at]
    assert digamma(at) == pytest.approx(np.array(sums) - np.euler_gamma, abs=1e-10)
    sums = [sum(1 / k**2 for k in range(1, int(n))) for n in at]
    assert trigamma(at) == pytest.approx(np.pi**2 / 6 - np.array(sums), abs=1e-10)
    assert digamma(np.array([0.5])) == pytest.approx(-np.euler_gamma - 2 * np.log(2), abs=1e-10)
    assert trigamma(np.array([0.5])) == pytest.approx(np.pi**2 / 2, abs=1e-9)


@pytest.mark.parametrize("x", [0.01, 0.5, 4.0, 300.0])
def test_trigamma_is_inverted(x: float) -> None:
    assert inverse_trigamma(float(trigamma(np.array([x]))[0])) == pytest.approx(x, rel=1e-6)
