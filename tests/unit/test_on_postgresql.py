"""The tests that are kept on PostgreSQL are there under their names."""

import re
from pathlib import Path

import pytest

from tests.on_postgresql import ALIKE, HEART, KEPT, SLOW, is_left_out

TESTS = Path(__file__).parents[1]


def names_in(stem: str) -> set[str]:
    (file,) = TESTS.glob(f"*/{stem}.py")
    return set(re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("stem", KEPT)
def test_what_is_kept_of_a_file_is_there(stem: str) -> None:
    assert set(KEPT[stem]) <= names_in(stem)


def test_the_heart_of_each_file_is_there() -> None:
    names = [name for stem in (*SLOW, *ALIKE) for name in names_in(stem)]
    for begin in HEART:
        assert any(name.startswith(begin) for name in names), begin


def test_a_file_that_is_not_named_runs_whole_on_both_databases() -> None:
    assert not is_left_out("test_queue", "test_anything[postgresql]")
    assert is_left_out("test_delivery", "test_a_paused_cadence_sends_nothing[postgresql]")
    assert not is_left_out("test_delivery", "test_two_workers_at_once_send_once[postgresql]")
