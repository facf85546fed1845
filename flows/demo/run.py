"""Lives the demo's days: everything opened at once, one flow run a day, everything closed again."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from inspect import isawaitable

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine

from contacts.settings import Settings
from flows.running.children import Child, is_up, stop
from flows.running.server import START_SECONDS, health_url, prefect_environment, start_server
from flows.wording import sent_words

_QUIET = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR"}
"""The progress bar has the terminal; Prefect's pages keep the logs."""
_HAND_IN_SECONDS = 10.0


def live_days(
    settings: Settings, engine: Engine, *, today: date, days: int, console: Console
) -> None:
    """Live the days before `today`, each as a run on the workspace's own Prefect server."""
    os.environ.update(prefect_environment(settings) | _QUIET)  # before Prefect is imported
    dates = [today - timedelta(days=ago) for ago in range(days, 0, -1)]
    with _sigterm_as_ctrl_c():
        server = start_server(settings)
        try:
            with _progress(console) as progress:
                asyncio.run(_live(settings, engine, server, progress, dates))
        finally:
            stop(server, grace=10)


async def _live(
    settings: Settings, engine: Engine, server: Child, progress: Progress, dates: list[date]
) -> None:
    opening = progress.add_task(
        "Starting Prefect, the web app and the stand-in", total=None, said=""
    )
    living = progress.add_task(f"Living {len(dates)} days", total=len(dates), start=False, said="")
    # Prefect takes seconds to import: time enough for its server to start.
    from flows.demo.days import day_flow
    from flows.demo.people import People
    from flows.demo.world import open_world

    async with open_world(settings, engine) as world:
        await _answers(server, settings)
        progress.update(opening, total=1, completed=1, description="Prefect is running")
        progress.start_task(living)
        people = People(world, since=datetime.combine(dates[0], time(), UTC))
        live = day_flow(world, people)
        try:
            for on in dates:
                progress.update(living, description=f"Living {on:%a %d %b}")
                lived = await live(on)
                progress.advance(living)
                progress.update(living, said=sent_words(lived.sent))
        finally:
            await _hand_in()
        progress.update(living, description=f"Lived {len(dates)} days", said="")


async def _hand_in() -> None:
    """Let Prefect's client hand in logs and events while the server still takes them.

    Otherwise it tries to at the end of our process, for more than a minute.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    await asyncio.wait_for(APILogHandler.aflush(), _HAND_IN_SECONDS)
    drained = EventsWorker.drain_all(timeout=_HAND_IN_SECONDS)
    if isawaitable(drained):
        await drained


async def _answers(server: Child, settings: Settings) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not await asyncio.to_thread(is_up, server, health_url(settings)):
            await asyncio.sleep(0.2)


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[said]}"),
        console=console,
    )


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Both end the demo in the same orderly way."""
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
