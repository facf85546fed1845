"""What people read has a singular."""

import pytest

from contacts.wording import so_many


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 cells"), (1, "1 cell"), (2, "2 cells"), (1000, "1,000 cells")]
)
def test_a_noun_goes_with_its_number(count: int, words: str) -> None:
    assert so_many(count, "cell") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [so_many(count, "touch was", "touches were") for count in (1, 2)] == [
        "1 touch was",
        "2 touches were",
    ]
