"""Pages side by side: in their order, a few at a time, and a fault is not lost."""

from collections.abc import Iterator
from threading import Barrier

import pytest

from contacts.delivery.planning.overlap import side_by_side


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_results_come_in_the_order_of_their_pages(at_once: int) -> None:
    doubled = side_by_side(lambda page: 2 * page, range(10), at_once=at_once)
    assert list(doubled) == [2 * page for page in range(10)]


def test_as_many_as_wanted_are_under_way_together() -> None:
    together = Barrier(3, timeout=20)
    arrived = list(side_by_side(lambda _: together.wait(), range(3), at_once=3))
    assert sorted(arrived) == [0, 1, 2]


@pytest.mark.parametrize(("at_once", "ahead"), [(1, 1), (2, 3), (3, 4)])
def test_no_page_is_taken_long_before_its_turn(at_once: int, ahead: int) -> None:
    taken: list[int] = []

    def pages() -> Iterator[int]:
        for page in range(100):
            taken.append(page)
            yield page

    results = side_by_side(lambda page: page, pages(), at_once=at_once)
    assert next(results) == 0
    assert len(taken) == ahead


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_fault_is_raised_and_what_was_done_before_it_counts(at_once: int) -> None:
    def work(page: int) -> int:
        return 1 // (page - 1)

    results = side_by_side(work, range(5), at_once=at_once)
    assert next(results) == -1
    with pytest.raises(ZeroDivisionError):
        list(results)


def test_nothing_comes_of_no_pages() -> None:
    assert list(side_by_side(str, [], at_once=2)) == []
