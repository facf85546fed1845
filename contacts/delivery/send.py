"""Sending whatever is due: claim, prepare, gate, one request each, record; batch after batch.

Database work runs in a thread of its own, so that requests and their deadlines never wait for it:
while one batch is on its way, the next one is read and rendered. No transaction is open while a
request is.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from contacts.cadences.reasons import Reason
from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import OutgoingEmail, Receipt
from contacts.delivery.answers import Sent, count_answers, record_answers
from contacts.delivery.breaker import count_in_doubt
from contacts.delivery.collecting import rare_collections
from contacts.delivery.gate import Desk, Draft, draft, gate
from contacts.delivery.pace import Pace
from contacts.delivery.prepare import Prepared, prepare
from contacts.delivery.rationing import rates_of
from contacts.delivery.reports import SendReport
from contacts.delivery.shelving import Shelved, shelve
from contacts.delivery.waves import Waves
from contacts.delivery.words import Ready
from contacts.failpoints import failpoint
from contacts.messages.templates import Templates
from contacts.record.claimed import claimed_touches
from contacts.record.engine import RecordError, reading, writing
from contacts.record.outcomes import defer_touches, skip_touches
from contacts.record.queue import Claim, claim, leave, put_back
from contacts.settings import Settings

BATCHES_PER_CLAIM = 4
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
    monotonic: Callable[[], float] = time.monotonic,
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


@dataclass(slots=True)
class _Batch:
    """Touches that ask to leave together, and the words of those that have any."""

    prepared: Sequence[Prepared]
    drafts: dict[int, Draft]


class _Run:
    """One pass of sending."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        desk: Desk,
        now: datetime,
        go_on: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._desk = desk
        self._now = now
        self._go_on = go_on
        self._began = desk.monotonic()
        self._claims: deque[Claim] = deque()
        self._ahead: _Batch | None = None  # ready for its gate
        self._on_the_wire = asyncio.Semaphore(desk.settings.connections)
        self._waves = Waves(partial(self._do, self._count_in_doubt), self._instant)
        # One thread: no write waits for another one of ours, and the report has one writer.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="touchline-record")

    async def batches(self) -> None:
        """Take batches through until nothing is due, one at a time from its gate to its answers.

        So a crash leaves at most one batch in doubt.
        """
        # A fault must not keep what was claimed from the other workers.
        [outcome] = await asyncio.gather(self._one_by_one(), return_exceptions=True)
        if not self._go_on():
            await self._do(self._give_back)
        _raise_first([outcome])

    def close(self) -> None:
        self._database.shutdown()

    async def _one_by_one(self) -> None:
        while await self._is_any_ready() and self._go_on():
            batch, self._ahead = self._ahead, None
            assert batch is not None  # noqa: S101  # is_any_ready says so
            await self._through(batch)

    def _give_back(self) -> None:
        """Let another worker have at once what was claimed here and will not be begun."""
        ahead = self._ahead.prepared if self._ahead else ()
        claims = [*(one.claim for one in ahead), *self._claims]
        with writing(self._engine) as connection:
            put_back(connection, {claimed: claimed.ready_at for claimed in claims})

    async def _through(self, batch: _Batch) -> None:
        """Gate a batch, send it, write down its answers; meanwhile get the next one ready."""
        ready, gated_at = await self._do(self._gate, batch)
        failpoint("gate.after_commit")
        begun = asyncio.Event()
        answers, ahead = await asyncio.gather(
            self._sent(ready, gated_at, begun),
            self._look_ahead(begun),
            return_exceptions=True,  # whatever becomes of the next one, the answers must be kept
        )
        failpoint("call.answered")
        if isinstance(answers, BaseException):
            raise answers
        await self._do(self._record, [answer for answer in answers if isinstance(answer, Sent)])
        _raise_first((*answers, ahead))

    async def _sent(
        self, ready: Sequence[Ready], gated_at: float, begun: asyncio.Event
    ) -> list[Sent | BaseException]:
        try:
            return await self._waves.send(ready, partial(self._send, gated_at, begun))
        finally:
            begun.set()

    async def _look_ahead(self, begun: asyncio.Event) -> None:
        """Get the next batch ready, once the requests of this one have begun."""
        await begun.wait()
        self._ahead = await self._ready_batch()

    async def _do(self, work: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, _tried, work, *arguments)

    def _instant(self) -> datetime:
        return self._now + timedelta(seconds=self._desk.monotonic() - self._began)

    async def _is_any_ready(self) -> bool:
        """Have a batch ahead, as soon as there is one; False if nothing is worth waiting for."""
        while self._ahead is None:
            self._ahead = await self._ready_batch()
            if self._ahead is None and not (self._go_on() and await self._more_will_come()):
                return False
        return True

    async def _ready_batch(self) -> _Batch | None:
        """A batch of what is ready now."""
        while self._go_on() and not self._claims:
            claimed = await self._do(self._claim)
            if not claimed.any:
                return None
            self._claims.extend(claimed.going)
        if not self._go_on():
            return None
        size = min(self._desk.settings.batch_size, len(self._claims))
        return await self._do(self._prepare, [self._claims.popleft() for _ in range(size)])

    async def _more_will_come(self) -> bool:
        pace = self._desk.pace
        if pace is not None and await pace.wait(self._instant, self._go_on):
            return True
        return await self._more_will_fit()

    async def _more_will_fit(self) -> bool:
        """Wait a moment for what a sender's rate put off; False if nothing is worth waiting for.

        A pass that did not would send one bucket every time, whatever the rate.
        """
        fits_at = self._desk.report.fits_at
        patience = self._now + timedelta(minutes=self._desk.settings.send_minutes)
        if fits_at is None or not self._instant() < min(fits_at, patience) or not self._go_on():
            return False
        if self._desk.on_wait is not None:
            self._desk.on_wait(min(fits_at, patience) - self._instant())
        await asyncio.sleep(LOOK_EVERY)
        return self._go_on()

    def _claim(self) -> Shelved:
        """Claim what is ready; what cannot leave now is put back at once."""
        settings = self._desk.settings
        now = self._instant()
        with writing(self._engine) as connection:
            claims = (claim if self._desk.pace is None else self._desk.pace.claim)(
                connection,
                now=now,
                limit=settings.batch_size * BATCHES_PER_CLAIM,
                lease_seconds=settings.lease_seconds,
            )
            claimed = shelve(connection, claims, now=now)
        failpoint("claim.after_commit")
        claimed.count(self._desk.report)
        return claimed

    def _prepare(self, claims: Sequence[Claim]) -> _Batch:
        now = self._instant()
        desk = self._desk
        with reading(self._engine) as connection:
            prepared = prepare(
                connection, claims, settings=desk.settings, templates=desk.templates, now=now
            )
        self._set_aside(claims, prepared, now)
        return _Batch(prepared, draft(prepared, desk, now))

    def _gate(self, batch: _Batch) -> tuple[list[Ready], float]:
        """Gate a batch; the time given is from before the commit, to be safe."""
        now = self._instant()
        gated_at = self._desk.monotonic()
        try:
            with writing(self._engine) as connection:
                counted = replace(self._desk, report=SendReport())
                ready = gate(connection, batch.prepared, batch.drafts, desk=counted, now=now)
            self._desk.report.add(counted.report)  # only what was committed
        except IntegrityError:
            ready = self._gate_singly(batch.prepared, now)
        for cadence, due in Counter(one.cadence.name for one in batch.prepared).items():
            self._desk.report.of(cadence).due += due
        return ready, gated_at

    def _set_aside(
        self, claims: Sequence[Claim], prepared: Sequence[Prepared], now: datetime
    ) -> None:
        """Claims of touches that wait no more go; those of customers whose zone is unknown wait.

        They wait a day at a time, until they are stale.
        """
        known = {one.claim for one in prepared}
        stray = {one.touch_id: one for one in claims if one not in known}
        if not stray:
            return
        with writing(self._engine) as connection:
            planned = {one.id: one for one in claimed_touches(connection, list(stray))}
            late = [one.id for one in planned.values() if now > one.not_after]
            waiting = planned.keys() - set(late)
            leave(connection, [one for touch, one in stray.items() if touch not in waiting])
            skip_touches(connection, late, Reason.ZONE, now=now)
            put_back(connection, {stray[touch]: now + timedelta(days=1) for touch in waiting})
            defer_touches(connection, dict.fromkeys(waiting, Reason.ZONE))

    def _gate_singly(self, prepared: Sequence[Prepared], now: datetime) -> list[Ready]:
        """Another worker reached one of these first, and the database refused the batch for it.

        Each goes alone; the one that is refused again keeps its claim until the lease is over.
        """
        through: list[Ready] = []
        for one in prepared:
            try:
                with writing(self._engine) as connection:
                    drafts = draft([one], self._desk, now)
                    counted = replace(self._desk, report=SendReport())
                    ready = gate(connection, [one], drafts, desk=counted, now=now)
                self._desk.report.add(counted.report)
                through += ready
            except IntegrityError:
                self._desk.report.of(one.cadence.name).held += 1
        return through

    async def _send(self, gated_at: float, begun: asyncio.Event, ready: Ready) -> Sent:
        begun.set()
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

    def _count_in_doubt(self, channel: str, more: int, anew: bool) -> bool:
        with writing(self._engine) as connection:
            return count_in_doubt(connection, channel, more, anew=anew, now=self._instant())

    def _record(self, sent: Sequence[Sent]) -> None:
        key = self._desk.settings.signing_key
        with writing(self._engine) as connection:
            record_answers(connection, sent, signing_key=key)
        failpoint("record.after_commit")
        count_answers(sent, self._desk.report)


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
