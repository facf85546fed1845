"""The demo's world in this process: one clock, the stand-in, the web app that hears of events."""

import logging
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import structlog
import uvicorn
from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.care.sweep import take_in_hand
from contacts.channels.inbound import inbound_token
from contacts.channels.outbox import Outbox, open_outbox
from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import Standin, running_standin
from contacts.delivery.reports import PlanReport
from contacts.messages.templates import Templates, templates_of
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.workspace.files import load_cadences
from contacts.workspace.plannable import Plannable
from contacts.workspace.sweeping import WorkspacePlanner

_NOT_BEFORE_FLUSH = 3600.0
"""Seconds before the stand-in tells of an event by itself; the demo asks for them at once."""
_FLUSH_SECONDS = 30.0


@dataclass(slots=True)
class SimulatedClock:
    at: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class World:
    settings: Settings
    engine: Engine
    cadences: list[LoadedCadence]
    templates: Templates
    outbox: Outbox
    standin: Standin
    session: aiohttp.ClientSession
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def set_clock(self, at: datetime) -> None:
        """Ours and the stand-in's: what it reports must not come from another time."""
        self.clock.at = at
        self.standin.state.clock.set(at)

    def keep_in_hand(self, customers: Collection[int], now: datetime) -> PlanReport:
        """See to those who have nothing ahead, as the board and the planner do at once."""
        found = Plannable(self.cadences)
        planner = WorkspacePlanner(self.engine, self.settings, now, found, alone=customers)
        take_in_hand(
            self.engine, customers, settings=self.settings, now=now, planner=lambda: planner
        )
        return planner.planned

    async def hear(self) -> None:
        """Let every event and answer that is on its way arrive."""
        mouth = self.standin.state.mouth
        if mouth is not None and mouth.courier.pending():
            await mouth.courier.flush(_FLUSH_SECONDS)


@asynccontextmanager
async def open_world(settings: Settings, engine: Engine) -> AsyncIterator[World]:
    """Open everything but Prefect; closed again at the end, whatever happens."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    clock = SimulatedClock()
    serving = running_standin(
        standin_folder(settings.state),
        settings.local_url,
        port=settings.standin_port,
        inbound_token=inbound_token(settings.signing_key),
        delay=_NOT_BEFORE_FLUSH,
    )
    with _WebApp(settings, engine, clock):
        async with (
            serving as standin,
            open_outbox(settings) as outbox,
            aiohttp.ClientSession() as session,
        ):
            yield World(
                settings=settings,
                engine=engine,
                cadences=load_cadences(settings.workspace / "cadences", settings.usual_hours),
                templates=templates_of(settings),
                outbox=outbox,
                standin=standin,
                session=session,
                clock=clock,
            )


class _WebApp:
    """The web app on a thread of its own, for uvicorn takes the main thread's signals."""

    def __init__(self, settings: Settings, engine: Engine, clock: SimulatedClock) -> None:
        app = create_app(settings, engine, clock=clock.now)
        config = uvicorn.Config(
            app, host="127.0.0.1", port=settings.web_port, log_level="error", access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="web app")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
