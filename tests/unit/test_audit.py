"""The audit of the locked packages is never green without having audited anything."""

import json
from collections.abc import Sequence

import pytest

from tests.audit import KNOWN_HOLE, LOCKS, NOT_AUDITED, Ran, main

HOLES = json.dumps({"dependencies": [{"name": "jinja2", "vulns": [{"id": "PYSEC-2019-217"}]}]})
NONE = json.dumps({"dependencies": [{"name": "jinja2", "vulns": []}]})
SKIPPED = json.dumps({"dependencies": [{"name": "jinja2", "skip_reason": "not found"}]})


class PipAudit:
    """Answers as pip-audit does where a source knows this of the known hole, and that of locks."""

    def __init__(self, known: str, *, of_a_lock: Ran | None = None) -> None:
        self.known = known
        self.of_a_lock = of_a_lock or Ran(0, "")
        self.audited: list[str] = []

    def __call__(self, command: Sequence[str]) -> Ran:
        asked = command[-1]
        if "json" in command:
            return Ran(0, self.known)
        assert {"--strict", "--require-hashes"} <= set(command)
        self.audited.append(asked.rpartition("/")[2])
        return self.of_a_lock


def audit(tool: PipAudit, *more: str) -> tuple[int, list[str]]:
    said: list[str] = []
    return main(["pip-audit", *more], run=tool, say=said.append), said


@pytest.mark.parametrize("known", [NONE, SKIPPED, "", "no route to host", "[]", "{}"])
def test_s24_a_source_that_knows_no_hole_audits_nothing_and_says_so(known: str) -> None:
    tool = PipAudit(known)
    assert audit(tool) == (3, [NOT_AUDITED])
    assert audit(tool, "--where-reachable") == (0, [NOT_AUDITED])
    assert tool.audited == []
    assert "==" in KNOWN_HOLE


def test_s24_every_lock_is_audited_where_a_source_answers() -> None:
    tool = PipAudit(HOLES)
    code, said = audit(tool)
    assert (code, tool.audited) == (0, [*LOCKS])
    assert all("no known hole" in line for line in said)


def test_s24_a_hole_or_a_package_that_cannot_be_looked_up_fails_the_audit() -> None:
    tool = PipAudit(HOLES, of_a_lock=Ran(1, "jinja2 2.10 PYSEC-2019-217"))
    for more in ((), ("--where-reachable",)):
        code, said = audit(tool, *more)
        assert code == 1
        assert "PYSEC-2019-217" in said[0]
