"""Lives the demo's days: everything opened at once, one flow run a day, everything closed again."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from inspect import isawaitable

from sqlalchemy import Engine

from contacts.settings import Settings
from flows.demo.progress import Progress
from flows.running.children import Child, is_up, stop
from flows.running.quick_imports import without_collections
from flows.running.server import START_SECONDS, health_url, prefect_environment, start_server
from flows.running.stopping import Stopping

_QUIET = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
"""The progress bar has the terminal; Prefect's pages keep the logs."""
_HAND_IN_SECONDS = 10.0
_GRACE, _GRACE_WHEN_TOLD = 10.0, 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """Which days to live, and who tells of them and may end them."""

    dates: Sequence[date]
    progress: Progress
    stopping: Stopping


def live_days(settings: Settings, engine: Engine, plan: Plan) -> None:
    """Live the days, each as a run on the workspace's own Prefect server.

    Ends before the last day if told to stop, once all that was begun is on record.
    """
    os.environ.update(_QUIET)
    server = start_server(settings)
    os.environ.update(prefect_environment(settings))  # before Prefect is imported
    plan.stopping.groups.append(server.process.pid)
    try:
        with plan.progress:
            asyncio.run(_live(settings, engine, server, plan))
    finally:
        stop(server, grace=_grace(server, settings, plan.stopping))


def _grace(server: Child, settings: Settings, stopping: Stopping) -> float:
    """A server that is still starting would use up all it gets, and has nothing to finish."""
    if not stopping.told:
        return _GRACE
    answers = server.is_alive and is_up(server, health_url(settings))
    return _GRACE_WHEN_TOLD if answers else 0.0


async def _live(settings: Settings, engine: Engine, server: Child, plan: Plan) -> None:
    plan.progress.opening()
    # Prefect takes seconds to import: time enough for its server to start.
    with without_collections():
        from flows.demo.days import day_flow
        from flows.demo.people import People
        from flows.demo.world import open_world

    plan.stopping.check()
    async with open_world(settings, engine) as world:
        await _answers(server, settings, plan.stopping)
        plan.progress.opened()
        people = People(world, since=datetime.combine(plan.dates[0], time(), UTC))
        live = day_flow(world, people, go_on=lambda: not plan.stopping.told)
        try:
            for on in plan.dates:
                plan.progress.day(on)
                lived = await live(on)
                if lived is None:
                    return
                plan.progress.lived(lived.so_far)
        finally:
            await _hand_in()


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


async def _answers(server: Child, settings: Settings, stopping: Stopping) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not await asyncio.to_thread(is_up, server, health_url(settings)):
            stopping.check()
            await asyncio.sleep(0.2)
