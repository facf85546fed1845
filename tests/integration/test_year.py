"""Some weeks of the starter workspace's year; `python -m tests.year` lives all of it."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from contacts.settings import Settings
from tests.year.life import ARRIVING, Life, begin

BEGINS = date(2026, 1, 5)
SPARSE = (5, 15)
"""Hours of a day at which something happens."""


@pytest.fixture
def opened(sqlite_engine: Engine) -> Callable[[Settings], Engine]:
    return lambda _: sqlite_engine


def arrived(life: Life) -> date:
    """The first day on which all of the starter's customers are there."""
    return life.begins + timedelta(days=ARRIVING)


def test_nobody_is_forgotten_on_any_evening(
    tmp_path: Path, opened: Callable[[Settings], Engine]
) -> None:
    life = begin(tmp_path / "starter", opened, begins=BEGINS, hours=SPARSE)
    evenings = [life.day(arrived(life) + timedelta(days=number)) for number in range(3)]
    assert all(one.found.holds for one in evenings)
    assert {one.found.active for one in evenings} == {60}


def test_without_the_monthly_word_and_without_a_sweep_it_is_known_who_goes_stale(
    tmp_path: Path, opened: Callable[[Settings], Engine]
) -> None:
    life = begin(
        tmp_path / "starter", opened, begins=BEGINS, hours=SPARSE,
        without=frozenset({"nurture", "onboarding"}), policy=(),
    )  # fmt: skip
    first = arrived(life)
    alone = life.day(first).found.uncovered_count
    assert alone > 20
    for later in (36, 61):
        evening = life.day(first + timedelta(days=later))
    assert len(evening.stale) > 20
