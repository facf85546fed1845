"""`touchline stale`: whom nobody owns, and the repairs of a sweep."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console import Console

ROWS = "email,first_name,owner\nada@example.com,Ada,olive@example.com\ngus@example.com,Gus,\n"


@pytest.fixture
def run(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    console: Console,
    give_record: Callable[[Path], None],
) -> Console:
    """Runs `touchline` in a workspace of two customers, of whom nobody owns the second."""
    give_record(workspace)
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("COLUMNS", "200")
    (workspace / "data" / "customers.csv").write_text(ROWS, encoding="utf-8")
    assert console("import", "customers", "data/customers.csv").code == 0
    return console


def test_a_repair_takes_in_hand_whom_nobody_has_and_says_so(run: Console) -> None:
    before = run("stale")
    assert (before.code, "2 have nothing planned" in before.out) == (1, True)
    assert "The sweep of" not in before.out
    after = run("stale", "--repair")
    assert after.code == 1, "for nobody owns Gus"
    said, swept, *_ = after.out.splitlines()
    assert said == (
        "2 of 2 active customers are in hand: 2 by a task. Nobody is stale. "
        "1 customer has no owner."
    )
    assert swept.endswith(" UTC took 2 in hand: 2 by tasks.")
    assert "Nobody owns them\n  2    Gus    no owner    last contact: never" in after.out
    assert "Remedy: 'touchline owner hand-over nobody olive@example.com', or name" in after.out
    as_json = json.loads(run("stale", "--json").out)
    assert (as_json["holds"], as_json["unowned_count"]) == (False, 1)
    assert as_json["last_sweep"]["repaired"] == {"task": 2}
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", as_json["last_sweep"]["at"])


def test_it_holds_once_everybody_has_an_owner(run: Console, workspace: Path) -> None:
    owned = ROWS.replace("Gus,", "Gus,olive@example.com")
    (workspace / "data" / "customers.csv").write_text(owned, encoding="utf-8")
    run("import", "customers", "data/customers.csv")
    assert run("stale", "--repair").code == 0
    again = run("stale", "--repair")
    assert again.code == 0
    assert again.out.endswith(" UTC took nobody in hand who was not.\n")
    said = run("log", "1", "call", "All well.").out
    assert "Check in with" in said
    assert run("stale").code == 0, "what was closed is followed by the next one"
