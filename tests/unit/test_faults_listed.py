"""Every fault is named by a test or says why not, and docs/proof.md keeps up with both."""

import re
from typing import get_args

import pytest

from contacts.failpoints import Point
from tests.fault_list import FAULTS, NOT_YET
from tests.faults import BEGIN, DOCUMENT, END, ROOT, numbers, proofs_by_fault

REMEDY = "run: python -m tests.faults"


def test_the_faults_are_numbered_without_a_gap() -> None:
    assert list(FAULTS) == list(range(1, 63))


@pytest.mark.parametrize("number", FAULTS, ids=lambda number: f"f{number:02}")
def test_every_fault_is_named_by_a_test_or_says_why_not(number: int) -> None:
    assert proofs_by_fault()[number] or number in NOT_YET


def test_the_proof_names_tests_that_are_there_and_every_fault_that_has_one() -> None:
    there = proofs_by_fault()
    rows = re.findall(r"^\| F(\d\d) \|.*?\| (?:`(test_\w+)`)?", _table(), flags=re.MULTILINE)
    gone = {name for number, name in rows if name and name not in there[int(number)]}
    assert not gone, REMEDY
    told = {int(number) for number, name in rows if name}
    assert told == {number for number in FAULTS if there[number]}, REMEDY


def test_every_point_is_in_the_code_once_and_in_a_test() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "contacts").rglob("*.py"))
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for point in get_args(Point):
        assert code.count(f'failpoint("{point}")') == 1, point
        assert point in tests, point


def test_a_name_may_carry_several_faults() -> None:
    assert numbers("test_f08_f09_killed_before_f10") == [8, 9]
    assert numbers("test_the_f08_of_a_camera") == []


def _table() -> str:
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
