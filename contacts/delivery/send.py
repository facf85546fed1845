"""Sending whatever is due: claim, gate, one request each, record; in batches, over a few lanes.

Database work runs in a thread of its own, a batch at a time, so that requests on the wire never
wait for a commit; no transaction is open while a request is.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingEmail, Receipt
from contacts.delivery.answers import Sent, record_answers
from contacts.delivery.collecting import rare_collections
from contacts.delivery.gate import Desk, draft, gate
from contacts.delivery.prepare import Prepared, prepare
from contacts.delivery.reports import SendReport
from contacts.delivery.words import Ready
from contacts.messages.templates import Templates
from contacts.record.engine import reading, writing
from contacts.record.queue import Claim, claim, put_back
from contacts.settings import Settings

BATCHES_PER_CLAIM = 4
UNKNOWN_IN_A_ROW = 5
"""docs/promise.md: after so many answers in doubt, stop; the next pass may try again."""

T = TypeVar("T")


async def send_due(
    engine: Engine,
    outbox: Outbox,
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
    paused: frozenset[str] = frozenset(),
) -> SendReport:
    """Send what is due at `now`; return the counts per cadence.

    `paused` names cadences whose touches stay where they are.
    """
    desk = Desk(settings, templates, paused, SendReport())
    run = _Run(engine, outbox, desk, now)
    with rare_collections():
        try:
            await asyncio.gather(*(run.lane() for _ in range(settings.lanes)))
        finally:
            run.close()
    return desk.report


class _Run:
    """One pass of sending."""

    def __init__(self, engine: Engine, outbox: Outbox, desk: Desk, now: datetime) -> None:
        self._engine = engine
        self._outbox = outbox
        self._desk = desk
        self._now = now
        self._began = time.monotonic()
        self._claims: deque[Claim] = deque()
        self._claiming = asyncio.Lock()
        self._on_the_wire = asyncio.Semaphore(desk.settings.connections)
        self._unknown_in_a_row = 0
        # One thread: lanes never wait for each other's write lock, and the report has one writer.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="touchline-record")

    def close(self) -> None:
        self._database.shutdown()

    async def lane(self) -> None:
        """Take batches through until nothing is due."""
        while claims := await self._next_batch():
            ready, gated_at = await self._in_thread(self._gate, claims)
            sent = await asyncio.gather(*(self._send(one, gated_at) for one in ready))
            await self._in_thread(self._record, sent)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work, *arguments)

    def _instant(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._began)

    async def _next_batch(self) -> list[Claim]:
        size = self._desk.settings.batch_size
        async with self._claiming:
            if not self._claims and self._unknown_in_a_row < UNKNOWN_IN_A_ROW:
                self._claims.extend(await self._in_thread(self._claim))
            return [self._claims.popleft() for _ in range(min(size, len(self._claims)))]

    def _claim(self) -> list[Claim]:
        settings = self._desk.settings
        with writing(self._engine) as connection:
            return claim(
                connection,
                now=self._instant(),
                limit=settings.batch_size * BATCHES_PER_CLAIM,
                lease_seconds=settings.lease_seconds,
            )

    def _gate(self, claims: Sequence[Claim]) -> tuple[list[Ready], float]:
        """Prepare and gate a batch; the time given is from before the commit, to be safe."""
        now = self._instant()
        desk = self._desk
        with reading(self._engine) as connection:
            prepared = prepare(
                connection, claims, settings=desk.settings, templates=desk.templates, now=now
            )
        for one in prepared:
            self._desk.report.of(one.cadence.name).due += 1
        self._set_aside(claims, prepared, now)
        drafts = draft(prepared, self._desk, now)
        gated_at = time.monotonic()
        try:
            with writing(self._engine) as connection:
                return gate(connection, prepared, drafts, desk=self._desk, now=now), gated_at
        except IntegrityError:
            return self._gate_singly(prepared, now), gated_at

    def _set_aside(
        self, claims: Sequence[Claim], prepared: Sequence[Prepared], now: datetime
    ) -> None:
        """What cannot be prepared, as for a customer whose zone is unknown here, waits a day."""
        known = {one.claim for one in prepared}
        stray = {one: now + timedelta(days=1) for one in claims if one not in known}
        if stray:
            with writing(self._engine) as connection:
                put_back(connection, stray)

    def _gate_singly(self, prepared: Sequence[Prepared], now: datetime) -> list[Ready]:
        """Another worker reached one of these first, and the database refused the batch for it.

        Each goes alone; the one that is refused again keeps its claim until the lease is over.
        """
        through: list[Ready] = []
        for one in prepared:
            try:
                with writing(self._engine) as connection:
                    drafts = draft([one], self._desk, now)
                    through += gate(connection, [one], drafts, desk=self._desk, now=now)
            except IntegrityError:
                self._desk.report.of(one.cadence.name).held += 1
        return through

    async def _send(self, ready: Ready, gated_at: float) -> Sent:
        async with self._on_the_wire:
            if time.monotonic() - gated_at > self._desk.settings.lease_seconds / 2:
                return Sent(ready, None, self._instant())
            receipt = await self._post(ready)
        self._notice(receipt)
        return Sent(ready, receipt, self._instant())

    async def _post(self, ready: Ready) -> Receipt:
        if isinstance(ready.outgoing, OutgoingEmail):
            return await self._outbox.email.send(ready.outgoing)
        return await self._outbox.sms.send(ready.outgoing)

    def _notice(self, receipt: Receipt) -> None:
        in_doubt = receipt.answer is Answer.UNKNOWN
        self._unknown_in_a_row = self._unknown_in_a_row + 1 if in_doubt else 0

    def _record(self, sent: Sequence[Sent]) -> None:
        key = self._desk.settings.signing_key
        with writing(self._engine) as connection:
            record_answers(connection, sent, signing_key=key, report=self._desk.report)
