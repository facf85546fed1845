"""Each owner's morning mail, at most once a day, and by the rules that every message goes by.

Where its channel stands still or its sender's rate is used up it waits: a minute at most, and then
for the next run.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from sqlalchemy import Engine

from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingEmail
from contacts.delivery.elapsed import elapsed
from contacts.delivery.learning import learn_alone
from contacts.delivery.own_words.morning import has_a_morning, morning, zone_of
from contacts.delivery.own_words.turn import LOOK_EVERY, take_turn
from contacts.delivery.rationing import rates_of
from contacts.delivery.send import always
from contacts.messages.rendered import MessageError, RenderedEmail
from contacts.messages.templates import Templates
from contacts.record.book.absences import roster_of
from contacts.record.book.digests import DigestState, begin_digest, end_digest
from contacts.record.book.owners import key_of, sync_owners
from contacts.record.engine import reading, writing
from contacts.record.touches.attempts import new_attempt_id
from contacts.record.work.escalating import escalate
from contacts.settings import Owner, Settings

PATIENCE = timedelta(minutes=1)
"""How long a run waits in all for what keeps its mails back."""

_NEWS = ("tasks", "escalated", "replies", "opted_out")
"""Without any of these there is nothing to tell."""

Sleep = Callable[[float], Awaitable[object]]

_STATE: dict[Answer, DigestState] = {
    Answer.ACCEPTED: "accepted",
    Answer.REFUSED: "failed",
    Answer.RETRY: "rejected",
    Answer.CLOSED: "rejected",
    Answer.UNKNOWN: "unknown",
}


@dataclass(slots=True)
class DigestReport:
    sent: int = 0
    already: int = 0  # had this day's mail
    quiet: int = 0  # have nothing to do, no reply to read, and nobody opted out
    off: int = 0  # do not work today, or are away
    waiting: int = 0  # for the channel, its rate or, told to stop, the next run
    failed: int = 0


async def send_digests(  # noqa: PLR0913  # how a run goes is said in one call
    engine: Engine,
    outbox: Outbox,
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
    zone: str | None = None,
    go_on: Callable[[], bool] = always,
    monotonic: Callable[[], float] = elapsed,
    sleep: Sleep = asyncio.sleep,
) -> DigestReport:
    """Mail every owner, or those whose mornings are in `zone`; at most once a day each.

    What is late is marked first, so that the leads' mails have it. Who does not work today, or has
    somebody who stands in, gets none. A task that is no named owner's goes to the lead; where there
    is none, to all of them until somebody sees to it. Once `go_on` is false no mail is begun and
    nothing waited for.
    """
    owners = [one for one in settings.owners if zone in (None, zone_of(one, settings))]
    with writing(engine) as connection:
        ids = sync_owners(connection, settings)
        roster = roster_of(connection, settings)
        emails = [key_of(owner.email) for owner in owners]
        escalate(connection, emails, roster=roster, after=settings.escalate_after, now=now)
    began = monotonic()

    def instant() -> datetime:
        return now + timedelta(seconds=monotonic() - began)

    run = _Run(engine, outbox, settings, instant=instant, go_on=go_on, sleep=sleep)
    report = run.report
    for owner in owners:
        if not has_a_morning(owner, roster, now):
            report.off += 1
            continue
        owner_id = ids[key_of(owner.email)]
        with reading(engine) as connection:
            context = morning(
                connection, owner, owner_id=owner_id, roster=roster, settings=settings, now=now
            )
        if not any(context[name] for name in _NEWS):
            report.quiet += 1
            continue
        try:
            words = templates.digest(context)
        except MessageError:
            report.failed += 1  # a fault in the words for one owner must not keep the others' mail
            continue
        await run.mail(owner, owner_id, context["today"], words)
    return report


class _Left(Enum):
    """Why a mail is not begun."""

    ALREADY = "somebody has begun it, or it may be out"
    WAITING = "it may not leave for now"


class _Run:
    """One run: its clock, and what it still waits for."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        settings: Settings,
        *,
        instant: Callable[[], datetime],
        go_on: Callable[[], bool],
        sleep: Sleep,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._settings = settings
        self._rates = rates_of(settings, outbox)
        self._instant = instant
        self._patience = PATIENCE
        self._go_on = go_on
        self._sleep = sleep
        self.report = DigestReport()

    async def mail(self, owner: Owner, owner_id: int, day: date, words: RenderedEmail) -> None:
        """Send one owner's mail of the day, and count it for what became of it."""
        begun = await self._begin(owner_id, day)
        if isinstance(begun, _Left):
            self.report.already += begun is _Left.ALREADY
            self.report.waiting += begun is _Left.WAITING
            return
        receipt = await self._outbox.email.send(self._letter(owner, words))
        state = _STATE[receipt.answer]
        with writing(self._engine) as connection:
            end_digest(connection, begun, state)
            learn_alone(connection, "email", receipt, now=self._instant())
        self.report.sent += state == "accepted"
        self.report.failed += state != "accepted"

    async def _begin(self, owner_id: int, day: date) -> int | _Left:
        """Take the mail for sending, if need be after a short wait for its turn."""
        while self._go_on():
            taken = self._take(owner_id, day)
            if not isinstance(taken, datetime):
                return taken
            if not await self._wait(taken):
                break
        return _Left.WAITING

    def _take(self, owner_id: int, day: date) -> int | _Left | datetime:
        """Take the mail and its turn, or neither: then the instant at which to ask again."""
        now = self._instant()
        with writing(self._engine) as connection:
            digest_id = begin_digest(connection, owner_id, day, now=now)
            if digest_id is None:
                return _Left.ALREADY
            until = take_turn(connection, "email", self._rates, now=now)
            if until is None:
                return digest_id
            connection.rollback()
            return until

    async def _wait(self, until: datetime) -> bool:
        """Wait a moment, for a run that is told to stop has seconds to end; False if too long."""
        began = self._instant()
        wait = max(until - began, timedelta())
        if wait > self._patience:
            return False
        await self._sleep(min(wait, LOOK_EVERY).total_seconds())
        self._patience -= self._instant() - began
        return True

    def _letter(self, owner: Owner, words: RenderedEmail) -> OutgoingEmail:
        settings = self._settings
        return OutgoingEmail(
            attempt_id=new_attempt_id(),
            to=owner.email,
            to_name=owner.name,
            sender=settings.sender_email,
            sender_name=settings.sender_name or settings.business_name,
            reply_to=settings.sender_email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            category="digest",
        )
