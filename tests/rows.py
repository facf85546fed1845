"""The rows that tests carry in their names: faults, and rules of law and of security."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
# To parse all tests as Python takes a second, in two processes of the suite.
_DEFINED = re.compile(r"^[ ]*(?:async )?def (test_\w+)\(", re.MULTILINE)
_NAME = re.compile(r"test((?:_[cfs]\d\d)+)_")


def rows(name: str) -> list[str]:
    """The rows in the name of a test: test_s08_f39_forged… carries S08 and F39."""
    carried = _NAME.match(name)
    return [row.upper() for row in carried[1].split("_")[1:]] if carried else []


@cache
def proofs() -> dict[str, set[tuple[str, str]]]:
    """The file and the name of the tests of each row, read without running them.

    The files are read once a process: the tests of the proof ask for every row.
    """
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _DEFINED.findall(path.read_text(encoding="utf-8")):
            for row in rows(name):
                found[row].add((str(path.relative_to(ROOT)), name))
    return found
