"""What a customer may need next: items out of an order's words, their rhythm, their company."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from contacts.cadences.conditions import compile_condition
from contacts.cadences.facts import as_context
from contacts.cadences.next_step import Beside, Bought, items_in, suggestions
from contacts.care.together import FEWEST, MOST_ITEMS, together
from contacts.messages.samples import full_facts, sparse_facts
from contacts.wording import day_in_words

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "items"),
    [
        ("9 kg House No. 9, 4 kg Morning Line", ["House No. 9", "Morning Line"]),
        ("paper filters, 4 packs, cleaning powder 900 g", ["paper filters", "cleaning powder"]),
        ("2 x Filters\n3 filters; FILTERS", ["Filters"]),
        ("12.5kg of sugar, 7 Up, 3 bags  green   tea", ["sugar", "Up", "green tea"]),
        ("12, 4 kg, , ;", []),
        ("x" * 101, []),
        ("", []),
    ],
)
def test_items_are_read_without_their_amounts(words: str, items: list[str]) -> None:
    assert list(items_in(words).values()) == items


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ((60, 40, 20), "due today"),
        ((55, 35, 15), "due on Wed 25 Nov 2026"),
        ((54, 34, 14), None),  # in six days, a quarter of the interval is five
        ((75, 55, 35), "was due on Thu 5 Nov 2026"),
        ((100, 80, 60), "was due on Sun 11 Oct 2026"),
        ((101, 81, 61), None),  # no longer bought
        ((40, 20), None),
        ((60, 60, 40, 40), None),  # twice on one day is once
    ],
)
def test_an_item_is_due_by_its_own_rhythm(days: Sequence[int], due: str | None) -> None:
    found = suggestions([bought(day, "2 kg Tea") for day in days], [], today=TODAY)
    last = TODAY - timedelta(days=days[-1])
    wanted = f"Tea: bought 3 times, about every 20 days, last on {day_in_words(last)}; {due}."
    assert [one["reason"] for one in found] == ([wanted] if due else [])


def test_one_odd_gap_does_not_change_a_rhythm() -> None:
    orders = [bought(days, "Tea") for days in (300, 80, 60, 40, 20)]
    (one,) = suggestions(orders, [], today=TODAY)
    assert (one["kind"], one["every_days"], one["due_on"]) == ("due", 20, TODAY)


def test_what_others_buy_with_it_comes_after_what_is_due_and_never_what_they_have() -> None:
    orders = [bought(days, "Tea, Sugar") for days in (60, 40, 20)]
    beside = [
        Beside("tea", "sugar", "Sugar", 20, 18, 9.0),
        Beside("tea", "lemons", "Lemons", 20, 9, 1.5),
        Beside("sugar", "lemons", "Lemons", 30, 12, 3.25),
        Beside("milk", "cake", "Cake", 20, 9, 8.0),
    ]
    found = suggestions(orders, beside, today=TODAY)
    assert [(one["kind"], one["item"]) for one in found] == [
        ("due", "Tea"),
        ("due", "Sugar"),
        ("together", "Lemons"),
    ]
    assert found[2]["beside"] == "Sugar"
    assert found[2]["reason"] == (
        "Lemons: 12 of 30 customers who buy Sugar buy it as well, "
        "3.2 times as often as everybody does."
    )


def test_pairs_need_customers_enough_and_more_than_chance() -> None:
    baskets = [("tea", "lemons")] * FEWEST + [("tea",)] + [("milk",)] * 8
    baskets += [("milk", "rare")] * (FEWEST - 1)
    names = {name: name.capitalize() for name in ("tea", "lemons", "milk", "rare")}
    found = {(one.item, one.other): one for one in together(baskets, names)}
    assert set(found) == {("tea", "lemons"), ("lemons", "tea")}
    one = found["tea", "lemons"]
    assert (one.buyers, one.both, one.name) == (6, 5, "Lemons")
    assert one.lift == pytest.approx(5 * 18 / (6 * 5))
    everybody = [("tea", "milk")] * 20
    assert list(together(everybody, names)) == []  # all have both: nothing is learnt


def test_among_many_pairs_none_is_told_that_came_about_by_chance() -> None:
    random = np.random.default_rng(5)
    bought_at_random = random.random((3000, 60)) < 1 / np.arange(2, 62)
    baskets = [[f"i{place}" for place in np.flatnonzero(row)] for row in bought_at_random]
    names = {f"i{place}": f"Item {place}" for place in range(60)}
    assert list(together(baskets, names)) == []
    for basket in baskets[::3]:
        if "i20" in basket:
            basket += {"i50"} - set(basket)
    assert {(one.item, one.other) for one in together(baskets, names)} == {
        ("i20", "i50"),
        ("i50", "i20"),
    }


def test_of_too_many_items_those_with_the_most_buyers_are_counted() -> None:
    baskets = [(f"a{number}", f"b{number}") for number in range(MOST_ITEMS) for _ in range(FEWEST)]
    popular = [("tea", "lemons", "milk")] * (FEWEST + 1)
    names = {item: item for basket in baskets + popular for item in basket}
    found = list(together(baskets + popular, names))
    assert len({one.item for one in found}) <= MOST_ITEMS
    assert [(one.other, one.both) for one in found if one.item == "tea"] == [
        ("lemons", FEWEST + 1),
        ("milk", FEWEST + 1),
    ]


def test_a_condition_may_ask_whether_there_is_one() -> None:
    asks = compile_condition("suggestions|length > 0")
    assert asks.holds(as_context(full_facts()))
    assert not asks.holds(as_context(sparse_facts()))


def bought(days_ago: int, items: str) -> Bought:
    return Bought(TODAY - timedelta(days=days_ago), items_in(items))
