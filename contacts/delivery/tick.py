"""One pass of everything, in its parts: settle and plan, send, and plan what follows from that."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.channels.outbox import Outbox, refuse_clear_text
from contacts.delivery.elapsed import elapsed
from contacts.delivery.own_words.answering_back import answer_back, owes_anything
from contacts.delivery.pace import Pace
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import PlanReport, SendReport
from contacts.delivery.send import always, send_due
from contacts.delivery.settle import settle_waiting, waiting
from contacts.delivery.throughput import batch_scheduling
from contacts.delivery.ways_out import ways_out
from contacts.messages.templates import templates_of
from contacts.record.engine import RecordError, reading
from contacts.record.touches.backlog import is_anything_ready
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class Tick:
    """A pass as of `now`."""

    engine: Engine
    settings: Settings
    now: datetime

    def plan(self, cadences: Sequence[LoadedCadence], *, some_held: bool) -> tuple[PlanReport, int]:
        """Settle what is in doubt and plan; what was planned, and how many touches need a person.

        `some_held` says that there are further cadences, which a fault keeps from being planned.
        """
        needs_review = self._settle()
        planned = plan(
            self.engine,
            cadences,
            settings=self.settings,
            now=self.now,
            some_held=some_held,
        )
        return planned, needs_review

    def plan_on(
        self,
        cadences: Sequence[LoadedCadence],
        sent: SendReport,
        *,
        some_held: bool,
        paused: frozenset[str] = frozenset(),
        now: datetime,
    ) -> PlanReport:
        """Plan what follows what was sent, so that nobody waits for another pass to be in hand.

        `now` is the instant at which sending was over; nothing is asked where nothing was due.
        """
        again = partial(
            plan, self.engine, cadences, settings=self.settings, now=now, some_held=some_held
        )
        due = frozenset(sent.cadences) - paused
        if not due:
            return PlanReport()
        planned = again(only=due)
        idle = {one.name for one in cadences if one.cadence.start.on == "customer.idle"} - paused
        if idle - due and any(of.finished or of.stopped for of in planned.cadences.values()):
            planned.add(again(only=frozenset(idle)))
        return planned

    def _settle(self) -> int:
        waits = waiting(self.engine, now=self.now)
        if not any(waits):
            return 0
        # In a thread of its own, for the caller's may have a loop running.
        with ThreadPoolExecutor(1, thread_name_prefix="touchline-settle") as thread:
            settling = settle_waiting(self.engine, self.settings, waits, now=self.now)
            return thread.submit(asyncio.run, settling).result()

    async def send(
        self,
        *,
        paused: frozenset[str] = frozenset(),
        go_on: Callable[[], bool] = always,
        pace: Pace | None = None,
        on_wait: Callable[[timedelta], None] | None = None,
    ) -> SendReport:
        """Send what is due, for as long as `go_on` is true; nothing of the `paused` cadences.

        `on_wait` is told how much longer a sender's rate keeps the pass waiting.

        Raises SettingsError where a live provider's address is not https, or a live channel's
        credentials are gone.
        """
        if pace is None and not self._is_anything_ready() and not self._owes_anything():
            refuse_clear_text(self.settings)
            return SendReport()
        with batch_scheduling():
            async with ways_out(self.engine, self.settings, now=self.now) as outbox:
                began = elapsed()
                await self._answer_back(outbox)
                return await send_due(
                    self.engine,
                    outbox,
                    settings=self.settings,
                    templates=templates_of(self.settings),
                    now=self.now + timedelta(seconds=elapsed() - began),
                    paused=paused,
                    go_on=go_on,
                    pace=pace,
                    on_wait=on_wait,
                )

    async def _answer_back(self, outbox: Outbox) -> None:
        """To who wrote STOP, START or HELP; a record that fails here is told by what follows."""
        with suppress(RecordError):
            await answer_back(self.engine, outbox, settings=self.settings, now=self.now)

    def _owes_anything(self) -> bool:
        with suppress(RecordError):
            return owes_anything(self.engine, self.settings, now=self.now)
        return True

    def _is_anything_ready(self) -> bool:
        """One look at the queue, for an HTTP client costs as much as five messages."""
        try:
            with reading(self.engine) as connection:
                return is_anything_ready(connection, now=self.now)
        except RecordError:
            return True  # a pass knows how often to try again, and what to say
