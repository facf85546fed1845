"""Who is late, who changed, and what is said of it, in made-up books."""

from datetime import date

import numpy as np
import pytest

from contacts.cadences.signals import SignalKind
from contacts.care.orders import words
from contacts.care.orders.lateness import LEAST_GAPS, Book, learn, silent_days
from contacts.care.orders.noticing import Noticed, noticed
from contacts.care.orders.prior import USUAL_AMOUNTS, USUAL_GAPS, USUAL_LEAVING
from contacts.care.orders.standing import Standing
from tests.order_books import END, MadeUp, every, made_up_book, sums_of

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
    assert "; nothing for 99 days. If nothing had changed, a gap this long would come" in one.reason
    assert one.figures["silent_days"] == 99
    assert one.figures["tier"] == "firm"


_EVENLY = [(END - 600 + 30 * n, 100.0) for n in range(16)]
_LAST = _EVENLY[-1][0]
_SHIFTS = {
    SignalKind.SLOWER: ([(_LAST + 70 * n, 100.0) for n in (1, 2, 3)], "usually every 30 days"),
    SignalKind.FASTER: ([(_LAST + 9 * n, 100.0) for n in (1, 2, 3)], "about every 9 days"),
    SignalKind.SMALLER: ([(_LAST + 30 * n, 20.0) for n in (1, 2, 3)], "about 20 EUR, usually"),
    SignalKind.BIGGER: ([(_LAST + 30 * n, 900.0) for n in (1, 2, 3)], "about 900 EUR, usually"),
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
        "Usually orders about every 31 days (half of the time 24 to 40); nothing for 70 days. "
        "If nothing had changed, a gap this long would come about once in 50."
    )
    assert said[0.09].endswith("about once in 11.")
    assert said[0.0001].endswith("less than once in 100.")


def test_one_who_is_new_is_still_learnt() -> None:
    assert words.learning(orders=2, usual=44.4) == (
        "Still learning its rhythm from 2 orders; customers here usually order about every 44 days."
    )


def _noticed(sums, complete: int) -> list[Noticed]:
    return list(noticed(Standing(sums, _USUAL, complete), lambda _: "EUR"))
