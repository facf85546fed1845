"""`python -m tests.faults`: writes into docs/proof.md which tests prove which fault, and where."""

import sys
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.fault_list import FAULTS, NOT_YET
from tests.rows import ROOT, proofs, rows

DOCUMENT = ROOT / "docs" / "proof.md"
BEGIN, END = "<!-- faults -->\n", "<!-- /faults -->\n"
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def numbers(name: str) -> list[int]:
    """The faults in the name of a test: test_f08_f09_killed… carries 8 and 9."""
    return [int(row[1:]) for row in rows(name) if row.startswith("F")]


def proofs_by_fault() -> dict[int, set[str]]:
    """The names of the tests of each fault."""
    named = {number: proofs()[f"F{number:02}"] for number in FAULTS}
    return {number: {name for _, name in tests} for number, tests in named.items()}


def table(items: Iterable[pytest.Item]) -> str:
    """A row for every test of a fault: number, fault, test, databases, when it runs."""
    variants: defaultdict[tuple[int, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        name = item.name.partition("[")[0]
        for number in numbers(name):
            variants[number, name].append(item)
    lines = ["| | fault | test | on | runs in |", "|---|---|---|---|---|"]
    for number, fault in FAULTS.items():
        tests = sorted(name for carried, name in variants if carried == number)
        if not tests:
            lines.append(f"| F{number:02} | {fault} | {NOT_YET.get(number, 'to come')} | | |")
        for name in tests:
            of = variants[number, name]
            lines.append(f"| F{number:02} | {fault} | `{name}` | {_where(of)} | {_when(of)} |")
    return "\n".join(lines) + "\n"


def _where(variants: Iterable[pytest.Item]) -> str:
    used = {database for item in variants for database in _databases(item)}
    return ", ".join(words for name, words in _DATABASES.items() if name in used) or "no database"


def _databases(item: pytest.Item) -> list[str]:
    chosen = getattr(item, "callspec", None)
    if chosen is not None and "engine" in chosen.params:
        return [str(chosen.params["engine"])]
    fixtures = getattr(item, "fixturenames", [])
    return [name for name in _DATABASES if f"{name}_engine" in fixtures]


def _when(variants: Iterable[pytest.Item]) -> str:
    variants = list(variants)
    if reasons := {_waits_for(item) for item in variants} - {""}:
        return f"nothing yet: {', '.join(sorted(reasons))}"
    long = {item.get_closest_marker("long") is not None for item in variants}
    return "the suite, more in `make faults`" if len(long) == 2 else (
        "`make faults`" if long == {True} else "the suite"
    )  # fmt: skip


def _waits_for(item: pytest.Item) -> str:
    """The part of the product that a test waits for, by the reason of its skip."""
    marks = item.iter_markers("skipif")
    reasons = (str(mark.kwargs.get("reason", "")) for mark in marks)
    return next((reason for reason in reasons if reason.startswith("waits for ")), "")


class _Collector:
    """Has pytest collect everything, and keeps what it found."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def main() -> int:
    collector = _Collector()
    wish = ["--collect-only", "-qq", "-p", "no:randomly", "-m", "long or not long"]
    if code := pytest.main([*wish, str(ROOT / "tests")], plugins=[collector]):
        return int(code)
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(before + BEGIN + table(collector.items) + END + after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
