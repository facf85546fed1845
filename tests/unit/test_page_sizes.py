"""How far the search for the stale looks at a time."""

from itertools import islice

import pytest

from contacts.care.uncovered import LONGEST, SHORTEST, page_sizes


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [
        (1, [SHORTEST, 2 * SHORTEST, 4 * SHORTEST, 8 * SHORTEST]),
        (1000, [1000, 2000, 4000, LONGEST]),
        (5000, [5000, LONGEST, LONGEST, LONGEST]),
        (2 * LONGEST, [2 * LONGEST] * 4),
    ],
)
def test_pages_double_up_to_the_longest_and_never_shrink(limit: int, sizes: list[int]) -> None:
    assert list(islice(page_sizes(limit), 4)) == sizes
