"""The demo from the empty folder to what it tells at its end."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console

from contacts.care.freshness import freshness
from contacts.record.engine import reading
from contacts.web.gallery import write_gallery
from flows.demo.folder import prepare
from flows.demo.run import live_days
from flows.demo.show import show_proof, show_somebody, show_totals, what_next
from flows.running.only_one import only_one
from flows.workspace import record_of

GALLERY = "messages.html"
_SHOWN = 200
_NAMED = 10


def tell_story(folder: Path, *, today: date, days: int) -> None:
    """Make or renew the demo in `folder`, live the days before `today`, tell what came of them."""
    console = Console()
    settings, again = prepare(folder, today=today)
    console.print(_opening(folder, days, again=again), soft_wrap=True)
    engine = record_of(settings)
    try:
        with only_one(settings):
            live_days(settings, engine, today=today, days=days, console=console)
        end = datetime.combine(today, time(), UTC)
        gallery = folder / GALLERY
        with reading(engine) as connection:
            console.print()
            show_totals(console, connection)
            show_somebody(console, connection, since=end - timedelta(days=days))
            found = freshness(connection, now=end, settings=settings, limit=_NAMED)
            show_proof(console, found)
            written = write_gallery(connection, gallery, settings=settings, limit=_SHOWN)
    finally:
        engine.dispose()
    console.print(
        f"\n[bold]{written} messages to look at[/], one of each step and language: {gallery}\n",
        soft_wrap=True,
    )
    console.print(what_next(folder), highlight=False, soft_wrap=True)


def _opening(folder: Path, days: int, *, again: bool) -> str:
    if again:
        return f"Living {days} days anew with the files in {folder}."
    return f"Made a sample business in {folder}. Living its last {days} days."
