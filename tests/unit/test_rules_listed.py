"""Every rule is named by a test or says why not, and docs/rules.md keeps up with both."""

import re

import pytest

from tests.rows import proofs, rows
from tests.rule_list import NOT_YET, RULES
from tests.rules import BEGIN, DOCUMENT, END

REMEDY = "run: python -m tests.rules"


@pytest.mark.parametrize("row", RULES)
def test_every_rule_is_named_by_a_test_or_says_why_not(row: str) -> None:
    assert proofs()[row] or row in NOT_YET


def test_every_row_that_a_test_carries_is_listed() -> None:
    assert {row for row in proofs() if row[0] in "CS"} <= RULES.keys()


def test_the_document_names_tests_that_are_there_and_every_rule_that_has_one() -> None:
    told = re.findall(r"^\| ([CS]\d\d) \|.*\[`(test_\w+)`\]", _table(), flags=re.MULTILINE)
    there = {row: {name for _, name in proofs()[row]} for row in RULES}
    assert not [(row, name) for row, name in told if name not in there[row]], REMEDY
    assert {row for row, _ in told} == {row for row, names in there.items() if names}, REMEDY


def test_a_name_may_carry_rules_and_faults_in_any_order() -> None:
    assert rows("test_s08_f39_c12_forged_before_s10") == ["S08", "F39", "C12"]
    assert rows("test_the_s08_of_a_phone") == []


def _table() -> str:
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
