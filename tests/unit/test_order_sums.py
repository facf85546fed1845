"""Order events, and the sums that grow with them."""

from dataclasses import fields

import numpy as np
import pytest

from contacts.care.orders.events import Events, Rows, events_of, turnover_of
from contacts.care.orders.sums import RECENT_GAPS, Sums, fold, no_orders
from tests.order_books import no_turnover, rows_of, sums_of


def test_orders_of_one_day_are_one_event() -> None:
    sums = sums_of([(10, 5.0), (40, 20.0), (40, 30.0), (70, 7.0)])
    assert sums.gaps.tolist() == [2]
    assert sums.recent_gaps[0, :3].tolist() == [30, 30, 0]
    assert sums.recent_amounts[0].tolist() == [7.0, 50.0, 5.0]


def test_a_return_is_netted_off_its_day_and_is_no_order_by_itself() -> None:
    sums = sums_of([(10, 100.0), (10, -40.0), (20, 50.0), (20, -50.0), (35, -30.0), (40, 90.0)])
    assert sums.orders.tolist() == [2]
    assert sums.recent_gaps[0, 0] == 30
    assert sums.recent_amounts[0, :2].tolist() == [90.0, 60.0]
    assert sums.return_share[0] == pytest.approx(120 / 240)


def test_an_account_with_nothing_but_returns_has_no_order() -> None:
    sums = sums_of([(10, -5.0), (11, 0.0)])
    assert sums.orders.tolist() == [0]
    assert sums.last_on.tolist() == [0]


def test_what_comes_night_by_night_makes_the_sums_of_all_at_once() -> None:
    random = np.random.default_rng(3)
    rows = Rows(
        random.integers(0, 20, 900),
        random.integers(1, 400, 900),
        np.round(random.uniform(-20, 90, 900), 2),
        random.random(900) < 0.9,
    )
    at_once, by_night = no_orders(20), no_orders(20)
    fold(at_once, events_of(rows), turnover_of(rows, 20))
    for start in range(0, 401, 50):
        now = (rows.day >= start) & (rows.day < start + 50)
        part = Rows(rows.account[now], rows.day[now], rows.amount[now], rows.is_main[now])
        fold(by_night, events_of(part), turnover_of(part, 20))
    _same(by_night, at_once)
    assert at_once.gaps.min() > RECENT_GAPS


def test_an_event_that_is_not_later_is_refused() -> None:
    sums = sums_of([(10, 5.0), (40, 20.0)])
    late = Events(np.array([0]), np.array([40]), np.array([5.0]))
    with pytest.raises(ValueError, match="not later"):
        fold(sums, late, no_turnover(1))


def test_accounts_are_taken_in_any_order() -> None:
    sums = sums_of([(10, 5.0)], [(10, 5.0), (13, 5.0)])
    assert sums.take(np.array([1, 0])).gaps.tolist() == [1, 0]


def test_no_orders_at_all_are_no_events() -> None:
    none = Rows(np.array([], int), np.array([], int), np.array([]), np.array([], bool))
    assert len(events_of(none).day) == 0
    assert len(events_of(rows_of([(1, 2.0)])).day) == 1


def test_an_order_in_another_currency_is_an_order_without_an_amount() -> None:
    rows = rows_of([(10, 100.0), (40, 9000.0), (70, 120.0)])._replace(
        is_main=np.array([True, False, True])
    )
    sums = no_orders(1)
    fold(sums, events_of(rows), turnover_of(rows, 1))
    assert sums.gaps.tolist() == [2]
    assert sums.amounts.tolist() == [2]
    assert sums.recent_amounts[0].tolist() == [120.0, 100.0, 0.0]
    assert sums.ordered.tolist() == [220.0]


def _same(got: Sums, wanted: Sums) -> None:
    for part in fields(Sums):
        assert getattr(got, part.name) == pytest.approx(getattr(wanted, part.name)), part.name
