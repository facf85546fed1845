"""Sending whatever is due: claim, prepare, gate, one request each, record; batch after batch.

Database work runs in a thread of its own, so that requests and their deadlines never wait for it:
while a provider takes its time over one batch, the next one is read and rendered. No transaction is
open while a request is.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import OutgoingEmail, Receipt
from contacts.delivery.answers import Sent
from contacts.delivery.drafts import Desk
from contacts.delivery.elapsed import elapsed
from contacts.delivery.pace import Pace
from contacts.delivery.rationing import rates_of
from contacts.delivery.reports import SendReport
from contacts.delivery.throughput import rare_collections
from contacts.delivery.transactions import Batch, Transactions
from contacts.delivery.waves import Waves
from contacts.delivery.words import Ready
from contacts.failpoints import failpoint
from contacts.messages.templates import Templates
from contacts.record.engine import RecordError
from contacts.record.touches.queue import Claim
from contacts.settings import Settings

LOOK_EVERY = 1.0
"""Seconds between looks at what a sender's rate put off; what fits by then leaves together."""
PAUSES = (0.2, 1.0)  # seconds

T = TypeVar("T")


def always() -> bool:
    return True


async def send_due(  # noqa: PLR0913  # how a pass of sending runs is said in one call
    engine: Engine,
    outbox: Outbox,
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
    paused: frozenset[str] = frozenset(),
    go_on: Callable[[], bool] = always,
    monotonic: Callable[[], float] = elapsed,
    pace: Pace | None = None,
    on_wait: Callable[[timedelta], None] | None = None,
) -> SendReport:
    """Send what is due at `now`; return what became of it per cadence.

    `paused` names cadences whose touches stay where they are. Once `go_on` is false no request is
    begun: those on the wire are answered and recorded, and what was claimed besides is given back.
    `on_wait` is told, at every look, how much longer a sender's rate may keep the pass waiting.
    """
    rates = rates_of(settings, outbox)
    desk = Desk(settings, templates, paused, SendReport(), rates, monotonic, pace, on_wait)
    run = _Run(engine, outbox, desk, now, go_on)
    with rare_collections():
        try:
            await run.batches()
        finally:
            run.close()
    return desk.report


class _Run:
    """One pass of sending: the life of its batches."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        desk: Desk,
        now: datetime,
        go_on: Callable[[], bool],
    ) -> None:
        self._record = Transactions(engine, desk, self._instant)
        self._outbox = outbox
        self._desk = desk
        self._now = now
        self._go_on = go_on
        self._began = desk.monotonic()
        self._claims: deque[Claim] = deque()
        self._ahead: Batch | None = None  # ready for its gate
        self._on_the_wire = asyncio.Semaphore(desk.settings.connections)
        self._waves = Waves(
            partial(self._do, self._record.count_in_doubt),
            partial(self._do, self._record.opted_out),
            self._instant,
            at_once=desk.settings.connections,
        )
        # One thread: no write waits for another one of ours, and the report has one writer.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="touchline-record")

    async def batches(self) -> None:
        """Take batches through until nothing is due, one at a time from its gate to its answers.

        So a crash leaves at most one batch in doubt.
        """
        # A fault must not keep what was claimed from the other workers.
        [outcome] = await asyncio.gather(self._one_by_one(), return_exceptions=True)
        # A record that cannot be used takes nothing back either; there the lease ends.
        if not isinstance(outcome, RecordError) and (outcome is not None or not self._go_on()):
            ahead = self._ahead.prepared if self._ahead else ()
            claims = [*(one.claim for one in ahead), *self._claims]
            await self._do(self._record.give_back, claims)
        _raise_first([outcome])

    def close(self) -> None:
        self._database.shutdown()

    async def _one_by_one(self) -> None:
        while await self._is_any_ready() and self._go_on():
            batch, self._ahead = self._ahead, None
            assert batch is not None  # noqa: S101  # is_any_ready says so
            await self._through(batch)

    async def _through(self, batch: Batch) -> None:
        """Gate a batch, send it, write down its answers; meanwhile get the next one ready."""
        ready, gated_at = await self._do(self._record.gate, batch)
        failpoint("gate.after_commit")
        sending = asyncio.ensure_future(self._waves.send(ready, partial(self._send, gated_at)))
        answers, ahead = await asyncio.gather(
            sending,
            self._look_ahead(sending),
            return_exceptions=True,  # whatever becomes of the next one, the answers must be kept
        )
        failpoint("call.answered")
        if isinstance(answers, BaseException):
            raise answers
        await self._do(
            self._record.keep, [answer for answer in answers if isinstance(answer, Sent)]
        )
        _raise_first((*answers, ahead))

    async def _look_ahead(self, sending: asyncio.Future[list[Sent | BaseException]]) -> None:
        """Get the next batch ready while the answers take their time.

        Once the requests have begun, which would have to fight with it for the one interpreter.
        """
        await asyncio.wait([sending], timeout=0)
        self._ahead = await self._ready_batch()

    async def _do(self, work: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, _tried, work, *arguments)

    def _instant(self) -> datetime:
        return self._now + timedelta(seconds=self._desk.monotonic() - self._began)

    async def _is_any_ready(self) -> bool:
        """Have a batch ahead, as soon as there is one; False if nothing is worth waiting for."""
        while self._ahead is None:
            looked_at = self._instant()
            self._ahead = await self._ready_batch()
            if self._ahead is None and not (
                self._go_on() and await self._more_will_come(looked_at)
            ):
                return False
        return True

    async def _ready_batch(self) -> Batch | None:
        """A batch of what is ready now."""
        while self._go_on() and not self._claims:
            claimed = await self._do(self._record.claim)
            if not claimed.any:
                return None
            self._claims.extend(claimed.going)
        if not self._go_on():
            return None
        size = min(self._desk.settings.batch_size, len(self._claims))
        return await self._do(self._record.prepare, [self._claims.popleft() for _ in range(size)])

    async def _more_will_come(self, looked_at: datetime) -> bool:
        pace = self._desk.pace
        if pace is not None and await pace.wait(self._instant, self._go_on):
            return True
        return await self._more_will_fit(looked_at)

    async def _more_will_fit(self, looked_at: datetime) -> bool:
        """Wait a moment for what a sender's rate put off; False if nothing is worth waiting for.

        A pass that did not would send one bucket every time, whatever the rate. What began to fit
        during the last look, begun at `looked_at`, may not have been seen by it.
        """
        fits_at = self._desk.report.fits_at
        patience = self._now + timedelta(minutes=self._desk.settings.send_minutes)
        if fits_at is None or not looked_at < min(fits_at, patience) or not self._go_on():
            return False
        left = min(fits_at, patience) - self._instant()
        if left <= timedelta():
            return True
        if self._desk.on_wait is not None:
            self._desk.on_wait(left)
        await asyncio.sleep(LOOK_EVERY)
        return self._go_on()

    async def _send(self, gated_at: float, ready: Ready) -> Sent:
        async with self._on_the_wire:
            late = self._desk.monotonic() - gated_at > self._desk.settings.lease_seconds / 2
            if late or not self._go_on():
                return Sent(ready, None, self._instant())
            receipt = await self._post(ready)
        return Sent(ready, receipt, self._instant())

    async def _post(self, ready: Ready) -> Receipt:
        if isinstance(ready.outgoing, OutgoingEmail):
            return await self._outbox.email.send(ready.outgoing)
        return await self._outbox.sms.send(ready.outgoing)


def _tried(work: Callable[..., T], *arguments: Any) -> T:
    """Do it, again where the record could not be used: a lock held too long, a deadlock, a cut.

    What failed was rolled back whole, so doing it again is safe.
    """
    for pause in PAUSES:
        try:
            return work(*arguments)
        except RecordError:
            time.sleep(pause)
    return work(*arguments)


def _raise_first(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
