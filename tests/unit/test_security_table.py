"""The table of ASVS in docs/security.md is whole, and names tests that are there."""

import re
from functools import cache

import pytest

from tests.rows import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d[^|]*) \| ([^|]*) \| ([^|]*) \|$", DOCUMENT, re.MULTILINE)
LEVEL_1 = {
    1: "2.1 2.2 2.3 2.4 2.5 3.1 3.2 5.1",
    2: "1.1 2.1 2.2 3.1",
    3: "2.1 2.2 3.1 4.1 4.2 5.1 5.2 5.3",
    4: "1.1 4.1",
    5: "2.1 2.2 3.1 3.2",
    6: "1.1 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 3.1 3.2 4.1 4.2",
    7: "2.1 2.2 2.3 2.4 4.1 4.2",
    8: "1.1 2.1 2.2 3.1",
    9: "1.1 1.2 1.3 2.1",
    10: "4.1 4.2 4.3 4.4 4.5",
    11: "3.1 3.2 4.1",
    12: "1.1 2.1 2.2",
    13: "4.1",
    14: "2.1 3.1",
    15: "1.1 2.1 3.1",
}
"""By chapter of ASVS 5.0: what it asks of level 1; V16 asks nothing there, V17 is about WebRTC."""
EXCUSES = ("does not apply", "does not hold", "not yet", "yours", "](", "the table", "of ours")


def test_s25_every_requirement_of_level_1_has_a_row() -> None:
    wanted = {f"{chapter}.{one}" for chapter, those in LEVEL_1.items() for one in those.split()}
    assert wanted <= {one for numbers, _, _ in ROWS for one in _numbers(numbers)}


@pytest.mark.parametrize(("numbers", "asked", "held"), ROWS, ids=[row[0] for row in ROWS])
def test_s25_a_row_names_tests_that_are_there_or_says_why_not(
    numbers: str, asked: str, held: str
) -> None:
    named = set(re.findall(r"`(test_\w+)`", held))
    assert named <= _tests()
    assert named or held.startswith(EXCUSES) or any(word in held for word in EXCUSES[4:]), asked


def test_s25_no_requirement_has_two_rows() -> None:
    told = [one for numbers, _, _ in ROWS for one in _numbers(numbers)]
    assert len(told) == len(set(told))


def test_the_proxy_of_the_documents_keeps_browsers_to_https() -> None:
    told = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert "listen 443 ssl" in told
    assert 'Strict-Transport-Security "max-age=31536000"' in told


def _numbers(said: str) -> list[str]:
    """The requirements in "3.4.1, 3.4.3 to 3.4.6"."""
    found: list[str] = []
    for part in said.split(", "):
        first, _, last = part.partition(" to ")
        section, _, number = first.rpartition(".")
        end = int(last.rpartition(".")[2]) if last else int(number)
        found += [f"{section}.{one}" for one in range(int(number), end + 1)]
    return found


@cache
def _tests() -> set[str]:
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))
