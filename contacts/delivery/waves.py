"""The requests of a batch, in waves: one at first, and four times as many while they are answered.

A storm that is under way when a pass begins so costs one message at a time, until the breaker has
counted enough; a full wave costs no more than sending the batch at once. And before each wave but
the first, which follows the gate at once, those are left out who opted out since the gate (P3).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from contacts.cadences.reasons import Reason
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.answers import Sent
from contacts.delivery.learning import halting, tells
from contacts.delivery.words import Ready
from contacts.record.errors import RecordError

FASTER = 4
WIDEST = 128

SendOne = Callable[[Ready], Awaitable[Sent]]
CountInDoubt = Callable[[str, int, bool], Awaitable[bool]]
"""Counts a channel's answers in doubt, anew or not; whether the channel rests for them now."""
OptedOut = Callable[[str, Sequence[int]], Awaitable[frozenset[int]]]
"""Which of these customers have opted out of a channel since they were gated."""


@dataclass(slots=True)
class _Width:
    """How many requests of a channel may wait for their answers at once."""

    requests: int = 1
    sound: bool = False
    """Whether an answer that tells came after the last ones in doubt that were counted."""

    def learn(self, receipts: Iterable[Receipt]) -> int:
        """Widen or narrow after a wave; return how many answers in doubt it ended with."""
        in_doubt = 0
        for receipt in receipts:
            if receipt.answer is Answer.UNKNOWN:
                in_doubt += 1
            elif tells(receipt):
                in_doubt = 0
                self.sound = True
        self.requests = 1 if in_doubt else min(FASTER * self.requests, WIDEST)
        return in_doubt


class Waves:
    """The waves of one pass; each channel has its own width, which lasts from batch to batch."""

    def __init__(
        self,
        count_in_doubt: CountInDoubt,
        opted_out: OptedOut,
        instant: Callable[[], datetime],
        *,
        at_once: int,
    ) -> None:
        """`at_once` requests may be on the wire; no wave is larger, for its last would wait."""
        self._count_in_doubt = count_in_doubt
        self._opted_out = opted_out
        self._instant = instant
        self._at_once = at_once
        self._widths: dict[str, _Width] = {}

    async def send(self, batch: Sequence[Ready], send_one: SendOne) -> list[Sent | BaseException]:
        """Send a batch; what raised is among the answers, and keeps none of them back."""
        by_channel: dict[str, list[Ready]] = {}
        for ready in batch:
            by_channel.setdefault(ready.attempt.channel, []).append(ready)
        sending = (self._channel(name, some, send_one) for name, some in by_channel.items())
        return list(chain.from_iterable(await asyncio.gather(*sending)))

    async def _channel(
        self, channel: str, batch: Sequence[Ready], send_one: SendOne
    ) -> list[Sent | BaseException]:
        width = self._widths.setdefault(channel, _Width())
        answers: list[Sent | BaseException] = []
        halted: Reason | None = None
        while batch and halted is None:
            wave = batch[: min(width.requests, self._at_once)]
            some = await asyncio.gather(*map(send_one, wave), return_exceptions=True)
            answers += some
            halted = await self._learn(channel, width, some)
            batch = batch[len(wave) :]
            if batch and halted is None:
                batch, stopped = await self._without_stopped(channel, batch)
                answers += stopped
        return answers + [Sent(one, None, self._instant(), halted) for one in batch]

    async def _without_stopped(
        self, channel: str, batch: Sequence[Ready]
    ) -> tuple[Sequence[Ready], list[Sent]]:
        """Those who may still be written to, and the others as not sent; where that cannot be
        asked, nobody is."""
        try:
            out = await self._opted_out(channel, [one.attempt.customer_id for one in batch])
        except RecordError:
            out = frozenset(one.attempt.customer_id for one in batch)
        return (
            [one for one in batch if one.attempt.customer_id not in out],
            [Sent(one, None, self._instant()) for one in batch if one.attempt.customer_id in out],
        )

    async def _learn(
        self, channel: str, width: _Width, wave: Sequence[Sent | BaseException]
    ) -> Reason | None:
        """Count what a wave left in doubt; why nothing more may leave after it, if so."""
        answered = sorted((one for one in wave if isinstance(one, Sent)), key=lambda one: one.at)
        receipts = [one.receipt for one in answered if one.receipt is not None]
        if in_doubt := width.learn(receipts):
            anew, width.sound = width.sound, False
            try:
                rests = await self._count_in_doubt(channel, in_doubt, anew)
            except RecordError:
                rests = True  # what cannot be counted must not go on; what is known is recorded
            if rests:
                return Reason.RESTING
        return halting(receipts)
