"""`python -m tests.year`: a year of the starter workspace, with its monthly word and without it.

With everything as it comes, nobody may be stale on the evening of any day. Without the nurture
cadence and without repairs it names who would have gone stale, and when; without nurture alone, the
owners are asked to check in.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from sqlalchemy import Engine, event

from contacts.record.engine import open_record
from contacts.record.migrate import migrate
from contacts.settings import Settings
from tests.year.life import Evening, Life, begin

BEGINS = date(2026, 1, 5)
NURTURE = frozenset({"nurture"})


def main(arguments: list[str] | None = None) -> int:
    wish = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    with tempfile.TemporaryDirectory(prefix="touchline-year-") as name:
        folder = Path(name)
        whole = _lived(begin(folder / "whole", _opened, begins=BEGINS), wish.days, console)
        broken = _tell(whole, console, "As it comes")
        asked = begin(folder / "asked", _opened, begins=BEGINS, without=NURTURE)
        evenings = _lived(asked, wish.days, console)
        broken |= _tell(evenings, console, "Without nurture")
        console.print(f"  Owners were asked to check in {asked.repaired.get('task', 0):,} times.")
        bare = begin(folder / "bare", _opened, begins=BEGINS, without=NURTURE, policy=())
        _tell(_lived(bare, wish.days, console), console, "Without nurture, and without a sweep")
    return 1 if broken else 0


def _opened(settings: Settings) -> Engine:
    engine = open_record(settings.url)
    event.listen(engine, "connect", _in_a_hurry)
    migrate(engine)
    return engine


def _in_a_hurry(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # nobody needs it tomorrow


def _lived(life: Life, days: int, console: Console) -> list[Evening]:
    dates = [life.begins + timedelta(days=number) for number in range(days)]
    evenings = [
        life.day(on) for on in track(dates, "a day at a time", console=console, transient=True)
    ]
    life.engine.dispose()
    return evenings


def _tell(evenings: list[Evening], console: Console, title: str) -> bool:
    """Say who was stale, and when; whether anybody was, or was forgotten or nobody's."""
    first, last = evenings[0], evenings[-1]
    stale = {one: list(days) for one, days in _stale_days(evenings)}
    alone = sum(not evening.found.holds for evening in evenings)
    most = max(len(evening.overdue) for evening in evenings)
    console.print(
        f"{title}, {first.on} to {last.on}, {last.found.active} customers: {len(stale)} went "
        f"stale; on {alone} evenings somebody had nothing ahead. Silent for too long, though in "
        f"hand: {most} at most."
    )
    for customer, days in sorted(stale.items()):
        console.print(f"  customer {customer}: stale from {days[0]}, on {len(days)} days")
    return bool(stale) or alone > 0


def _stale_days(evenings: list[Evening]) -> Iterator[tuple[int, list[date]]]:
    everybody = sorted({one for evening in evenings for one in evening.stale})
    for customer in everybody:
        yield customer, [evening.on for evening in evenings if customer in evening.stale]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    return parser


if __name__ == "__main__":
    sys.exit(main())
