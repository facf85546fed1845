"""`touchline signals` as an account owner uses it."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contacts.record.engine import open_record
from contacts.settings import Settings
from contacts.workspace.watching import DAILY, watch_if_due
from tests.cast import NOW
from tests.console import Console

CUSTOMERS = """\
email,first_name,last_name,timezone,owner,joined_on
ada@example.com,Ada,Archer,America/New_York,olive@example.com,2025-11-20
bob@example.com,Bob,Baker,Europe/Minsk,olive@example.com,2025-11-20
"""


@pytest.fixture
def run(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    console: Console,
    give_record: Callable[[Path], None],
) -> Console:
    """Runs `touchline` in a workspace where Ada is late with an order and Bob is not."""
    give_record(workspace)
    days = [*(("ada", 70 + 30 * n) for n in range(9)), *(("bob", 1 + 7 * n) for n in range(9))]
    rows = [
        f"{name}-{ago},{name}@example.com,{(NOW - timedelta(ago)).date()},90,EUR"
        for name, ago in days
    ]
    data = workspace / "data"
    (data / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    orders = "\n".join(["order_id,email,ordered_at,amount,currency", *rows, ""])
    (data / "orders.csv").write_text(orders, encoding="utf-8")
    monkeypatch.chdir(workspace)
    assert console("import", "customers", "data/customers.csv").code == 0
    assert console("import", "orders", "data/orders.csv").code == 0
    return console


def test_where_nobody_ordered_yet_that_is_said(
    console: Console, workspace: Path, give_record: Callable[[Path], None]
) -> None:
    give_record(workspace)
    told = console("-w", str(workspace), "signals").out
    assert "There are no orders yet; 'touchline import orders FILE' takes them in." in told


def test_who_is_late_is_listed_with_the_reason_and_the_figures(
    run: Console, workspace: Path, settings: Settings
) -> None:
    assert "The orders were not looked at yet; run 'touchline tick'." in run("signals").out
    look(settings, workspace)
    head, *_ = (told := run("signals").out).splitlines()
    assert head.startswith("Ada Archer · late with an order")
    assert head.endswith("· Olive Owner · noticed on 2026-11-20 · task 1")
    assert "Usually orders about every 30 days" in told
    assert "2 accounts looked at on 2026-11-20; orders are known through 2026-11-20." in told
    said = json.loads(run("signals", "--json", "--customer", "ada@example.com").out)
    (one,) = said["signals"]
    assert (one["kind"], one["figures"]["silent_days"]) == ("order.late", 70)
    assert said["looked"]["complete_on"] == "2026-11-20"
    nobody = run("signals", "--customer", "bob@example.com").out
    assert "Nothing is noticed at the moment." in nobody
    assert "Usually orders about every 7 days (half of the time " in nobody


def test_a_look_is_due_once_a_day_where_there_are_orders(
    run: Console, workspace: Path, settings: Settings
) -> None:
    assert run("signals").code == 0
    assert look(settings, workspace) is not None
    assert look(settings, workspace, hours=19) is None
    assert look(settings, workspace, hours=24) is not None


def look(settings: Settings, workspace: Path, *, hours: int = 0) -> object:
    engine = open_record(f"sqlite:///{workspace / '.touchline' / 'touchline.db'}")
    now = NOW + timedelta(hours=hours)
    found = watch_if_due(engine, settings, [], now=now, every=DAILY)
    engine.dispose()
    return found
