"""What a night's sweep of a large record costs, beside a naive anti-join over the same rows."""

import time
from datetime import timedelta

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from benchmarks.databases import Server
from benchmarks.people import NOW
from benchmarks.report import Verdict
from benchmarks.scale import place
from benchmarks.scale_record import make_workspace_record, plan_everybody
from contacts.care.sweep import Swept, sweep
from contacts.record.engine import reading, writing
from contacts.workspace.files import load_cadence
from contacts.workspace.plannable import Plannable
from contacts.workspace.sweeping import WorkspacePlanner

A_NIGHT = 1000
"""One customer in so many lost what they had in hand since the last sweep."""
_APART = timedelta(minutes=1)
"""Not a day: nobody sends what falls due meanwhile."""
_LOST = "DELETE FROM queue WHERE touch_id IN (SELECT id FROM touches ORDER BY id LIMIT :count)"
_NAIVE = """
SELECT id FROM customers AS c WHERE active
AND (waived_until IS NULL OR waived_until < :today)
AND NOT EXISTS (SELECT 1 FROM touches AS t JOIN queue AS q ON q.touch_id = t.id
                WHERE t.customer_id = c.id AND t.state = 'planned')
AND NOT EXISTS (SELECT 1 FROM tasks AS k WHERE k.customer_id = c.id AND k.state = 'open')
"""


def sweeping(console: Console, server: Server, *, customers: int) -> list[Verdict]:
    """The first sweep of a record, that of an ordinary night, and one that finds nothing to do.

    The figure is the ordinary night's for 1,000,000 customers, in proportion where there are fewer.
    """
    with (
        console.status(f"sweeping {customers:,} customers"),
        place("postgresql", server) as (folder, settings, engine),
    ):
        make_workspace_record(engine, settings, customers)
        plan_everybody(engine, folder, customers)
        table = Table(title=f"The sweep and its proof of {customers:,} customers, PostgreSQL")
        for heading in ("", "taken in hand", "seconds", "times the anti-join"):
            table.add_column(heading, justify="right" if heading else "left")
        spring = Plannable([load_cadence(folder / "cadences" / "spring.yaml")])
        naive = min(_naive(engine) for _ in range(3))
        table.add_row("a naive anti-join, which only finds", "", f"{naive:.2f}", "1.0")
        took: dict[str, float] = {}
        for number, name in enumerate(("the first sweep", "a night", "nothing to do")):
            if name == "a night":
                _lose(engine, customers // A_NIGHT)
            planner = WorkspacePlanner(engine, settings, NOW + number * _APART, spring)
            took[name], swept = _timed(planner)
            taken = sum(swept.repaired.values())
            row = (f"{taken:,}", f"{took[name]:.2f}", f"{took[name] / naive:.1f}")
            table.add_row(name, *row)
    console.print(table)
    return [Verdict("sweep", took["a night"] * 1_000_000 / customers)]


def _naive(engine: Engine) -> float:
    began = time.perf_counter()
    with reading(engine) as connection:
        connection.execute(text(_NAIVE), {"today": NOW.date()}).all()
    return time.perf_counter() - began


def _lose(engine: Engine, count: int) -> None:
    with writing(engine) as connection:
        connection.execute(text(_LOST), {"count": count})


def _timed(planner: WorkspacePlanner) -> tuple[float, Swept]:
    began = time.perf_counter()
    swept = sweep(
        planner.engine, settings=planner.settings, now=planner.now, planner=lambda: planner
    )
    took = time.perf_counter() - began
    assert swept.found.uncovered_count == 0, swept
    return took, swept
