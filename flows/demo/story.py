"""The demo from the empty folder to what it tells at its end."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from sqlalchemy import Engine

from contacts.cadences.faults import FaultyFile
from contacts.care.freshness import freshness
from contacts.record.engine import reading
from contacts.settings import Settings
from contacts.web.board.gallery import GALLERY, write_gallery
from contacts.wording import so_many
from contacts.workspace.plannable import plannable
from flows.demo.folder import prepare
from flows.demo.places import shown
from flows.demo.progress import Progress
from flows.demo.run import Plan, live_days
from flows.demo.show import show_proof, show_somebody, show_totals, what_next
from flows.running.only_one import only_one
from flows.running.stopping import stopping
from flows.workspace import record_for

_SHOWN = 200
_NAMED = 10
_PATIENCE = 6.0
"""Seconds from Ctrl-C to the end; within them an hour of the simulation ends and is recorded."""


def tell_story(folder: Path, *, today: date, days: int) -> None:
    """Make or renew the demo in `folder`, live the days before `today`, tell what came of them."""
    console = Console()
    with stopping(_stopped(0, days, folder), patience=_PATIENCE) as told:
        settings, again = prepare(folder, today=today)
        told.check()
        if faults := plannable(settings).faults:  # what is wrong is told before we start
            raise FaultyFile(faults)
        console.print(_opening(folder, days, again=again), highlight=False, soft_wrap=True)
        with record_for(settings) as engine, only_one(settings):

            def note_day(done: int) -> None:
                told.farewell = _stopped(done, days, folder)

            dates = [today - timedelta(days=ago) for ago in range(days, 0, -1)]
            live_days(settings, engine, Plan(dates, Progress(console, days, note_day), told))
            told.check()
            written = _tell_outcome(console, engine, settings, folder, dates)
        console.print(
            f"\n[bold]{written} messages to look at[/], one of each step and language: "
            f"{escape(shown(folder / GALLERY))}\n",
            highlight=False,
            soft_wrap=True,
        )
        console.print(what_next(folder), highlight=False, soft_wrap=True)


def _tell_outcome(
    console: Console, engine: Engine, settings: Settings, folder: Path, dates: Sequence[date]
) -> int:
    """What came of the days, on the console and as a page; returns how many messages it shows."""
    since = datetime.combine(dates[0], time(), UTC)
    end = datetime.combine(dates[-1] + timedelta(days=1), time(), UTC)
    with reading(engine) as connection:
        console.print()
        show_totals(console, connection)
        show_somebody(console, connection, settings=settings, since=since, now=end)
        show_proof(console, freshness(connection, now=end, settings=settings, limit=_NAMED))
        return write_gallery(connection, folder / GALLERY, settings=settings, limit=_SHOWN)


def _opening(folder: Path, days: int, *, again: bool) -> str:
    if again:
        return f"Living {so_many(days, 'day')} anew with the files in {escape(shown(folder))}."
    last = "day" if days == 1 else f"{days} days"
    return f"Made a sample business in {escape(shown(folder))}. Living its last {last}."


def _stopped(done: int, days: int, folder: Path) -> str:
    return f"Stopped after {done} of {so_many(days, 'day')}; what was done is in {shown(folder)}."
