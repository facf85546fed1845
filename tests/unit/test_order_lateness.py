"""Who is late, who changed, and what is said of it, in made-up books."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from contacts.cadences.signals import SignalKind
from contacts.care.orders import words
from contacts.care.orders.events import Events
from contacts.care.orders.feed import complete_through
from contacts.care.orders.lateness import LEAST_GAPS, Book, learn, silent_days
from contacts.care.orders.noticing import Noticed, noticed
from contacts.care.orders.prior import USUAL_AMOUNTS, USUAL_GAPS, USUAL_LEAVING
from contacts.care.orders.standing import Standing
from contacts.care.orders.sums import fold, no_orders
from tests.order_books import END, MadeUp, every, made_up_book, no_turnover, sums_of

_USUAL = Book(USUAL_GAPS, USUAL_AMOUNTS, USUAL_LEAVING)


@pytest.fixture(scope="module")
def book() -> MadeUp:
    return made_up_book()


def test_who_is_gone_is_told_from_who_is_not(book: MadeUp) -> None:
    standing = Standing(book.sums, learn(book.sums, END), END)
    silent = standing.lateness.silent
    better = (silent[book.is_gone][:, None] > silent[~book.is_gone]).mean()
    assert better > 0.98
    assert standing.is_late[book.is_gone].mean() > 0.9
    assert standing.is_late[~book.is_gone].mean() < 0.05


def test_a_chance_is_a_chance(book: MadeUp) -> None:
    """Of accounts that are not gone, one in five is as silent as one in five should be."""
    late = Standing(book.sums, learn(book.sums, END), END).lateness.late[~book.is_gone]
    assert (late < 0.2).mean() < 0.2


def test_silence_counts_to_the_day_the_orders_are_known_through() -> None:
    sums = sums_of(every(7, 12))
    assert silent_days(sums, END + 7).tolist() == [7.0]
    on_time, behind = (Standing(sums, _USUAL, END + days) for days in (7, 60))
    assert not on_time.is_late[0]
    assert behind.is_late[0]


def test_too_few_gaps_are_never_late() -> None:
    few = sums_of(every(7, LEAST_GAPS))
    assert not Standing(few, _USUAL, END + 1000).is_late[0]
    assert Standing(sums_of(every(7, LEAST_GAPS + 1)), _USUAL, END + 1000).is_late[0]


def test_who_was_late_long_ago_is_no_news() -> None:
    sums = sums_of(every(30, 12), every(30, 12, until=END - 400))
    assert Standing(sums, _USUAL, END + 70).newly_late().tolist() == [0]


def test_a_subscription_may_slip_by_a_week() -> None:
    sums = sums_of(every(7, 90))
    standing = Standing(sums, _USUAL, END + 13)
    assert standing.newly_late().tolist() == [0]
    assert standing.newly_late(np.array([True])).tolist() == []
    assert Standing(sums, _USUAL, END + 15).newly_late(np.array([True])).tolist() == [0]


def test_a_late_account_is_told_in_a_sentence_that_can_be_checked() -> None:
    (one,) = _noticed(sums_of(every(31, 12)), END + 99)
    assert one.kind is SignalKind.LATE
    assert one.key == date.fromordinal(END).isoformat()
    assert one.reason.startswith("Usually orders about every 31 days (half of the time ")
    assert ", but nothing for 99 days now; if nothing had changed, a gap this" in one.reason
    assert one.figures["silent_days"] == 99
    assert one.figures["tier"] == "firm"


_EVENLY = [(END - 600 + 30 * n, 100.0) for n in range(16)]
_LAST = _EVENLY[-1][0]
_SHIFTS = {
    SignalKind.SLOWER: (
        [(_LAST + 70 * n, 100.0) for n in (1, 2, 3)],
        "70, 70 and 70 days apart, usually they come about every 30 d",
    ),
    SignalKind.FASTER: (
        [(_LAST + 9 * n, 100.0) for n in (1, 2, 3)],
        "9, 9 and 9 days apart, usually they come about every 30 days",
    ),
    SignalKind.SMALLER: (
        [(_LAST + 30 * n, 20.0) for n in (1, 2, 3)],
        "were about 20, 20 and 20 EUR, usually about 100.",
    ),
    SignalKind.BIGGER: (
        [(_LAST + 30 * n, 900.0) for n in (1, 2, 3)],
        "were about 900, 900 and 900 EUR, usually about 100.",
    ),
    SignalKind.IRREGULAR: (
        [(_LAST + n, 100.0) for n in (5, 85, 91, 181)],
        "5, 80, 6 and 90 days apart",
    ),
}


@pytest.mark.parametrize("kind", _SHIFTS)
def test_a_shift_is_told_while_the_account_still_orders(kind: SignalKind) -> None:
    later, said = _SHIFTS[kind]
    sums = sums_of(_EVENLY + later)
    found = _noticed(sums, int(sums.last_on[0]) + 1)
    assert [one.kind for one in found] == [kind]
    assert said in found[0].reason


def test_an_account_as_always_has_nothing_to_tell() -> None:
    sums = sums_of(_EVENLY)
    standing = Standing(sums, _USUAL, _LAST + 20)
    assert list(noticed(standing, lambda _: "EUR")) == []
    assert all(standing.is_over[kind][0] for kind in _SHIFTS)


def test_a_shift_that_lasts_is_not_over() -> None:
    sums = sums_of(_EVENLY + _SHIFTS[SignalKind.SLOWER][0])
    assert not Standing(sums, _USUAL, int(sums.last_on[0])).is_over[SignalKind.SLOWER][0]


def test_a_shift_needs_a_rhythm_of_one_s_own() -> None:
    sums = sums_of([(END, 100.0), (END + 1, 1.0), (END + 200, 9000.0), (END + 201, 9000.0)])
    assert _noticed(sums, END + 202) == []


def test_chances_are_said_as_people_say_them() -> None:
    said = {
        chance: words.late(usual=31.2, between=(24.1, 40.3), silent=70, chance=chance)
        for chance in (0.09, 0.021, 0.0001)
    }
    assert said[0.021] == (
        "Usually orders about every 31 days (half of the time 24 to 40), but nothing for 70 days "
        "now; if nothing had changed, a gap this long would come about once in 50."
    )
    assert said[0.09].endswith("about once in 11.")
    assert said[0.0001].endswith("less often than once in 100.")


def test_days_and_shares_are_said_as_people_say_them() -> None:
    said = words.late(usual=363, between=(251.2, 477), silent=1, chance=0.1)
    assert said.startswith("Usually orders about every 365 days (half of the time 250 to 475), but")
    assert "but nothing for 1 day now;" in said
    assert words.returns(0.33) == "Sends back about 33 in 100 of what it orders."
    assert words.returns(3.33) == "Sends back as much as it orders, or more."


def test_what_was_usual_is_the_accounts_own_however_alike_the_book() -> None:
    alike = Book(replace(USUAL_GAPS, weight=20.0), USUAL_AMOUNTS, USUAL_LEAVING)
    sums = sums_of(
        [*every(10, 7, until=END - 30), (END - 2, 100.0), (END - 1, 100.0), (END, 100.0)]
    )
    before = Standing(sums, alike, END).shifts.gap_before[0]
    assert before == pytest.approx(10)


def test_orders_in_other_currencies_leave_too_few_amounts_to_tell() -> None:
    events = Events(
        np.zeros(12, int), END - 30 * np.arange(12)[::-1], np.array([100.0] * 9 + [1] * 3)
    )
    mixed = replace(events, amount=np.where(np.arange(12) < 6, np.nan, events.amount))
    for told, amounts in ((True, events), (False, mixed)):
        sums = no_orders(1)
        fold(sums, amounts, no_turnover(1))
        standing = Standing(sums, _USUAL, END)
        assert (standing.shifted(SignalKind.SMALLER).tolist() == [0]) is told


@pytest.mark.parametrize(("newest", "known"), [("Tuesday", "Tuesday"), ("Friday", "Sunday")])
def test_a_weekend_is_no_gap_of_the_feed_and_a_wednesday_is(newest: str, known: str) -> None:
    """In a book that orders on working days, of which the last two weeks are missing."""
    last = next(day for day in range(END, END + 7) if f"{date.fromordinal(day):%A}" == newest)
    days = [day for day in range(last - 90, last + 1) if date.fromordinal(day).weekday() < 5]
    sums = sums_of(*([(day, 100.0) for day in days[start::5]] for start in range(5)))
    through = complete_through(sums, today=last + 14, imported=None)
    assert f"{date.fromordinal(through):%A}" == known
    assert through - last in (0, 2)


def test_one_who_is_new_is_still_learnt() -> None:
    assert words.learning(orders=2, usual=44.4) == (
        "Still learning its rhythm from 2 orders; customers here usually order about every 44 days."
    )


def _noticed(sums, complete: int) -> list[Noticed]:
    return list(noticed(Standing(sums, _USUAL, complete), lambda _: "EUR"))
