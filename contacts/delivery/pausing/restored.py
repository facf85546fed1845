"""After a restored backup: what left in the days that the record lost, as far as anybody knows.

A touch that was due by then may be with its provider. Webhooks that named an attempt unknown to us,
and Twilio's own list, say so of some; what nobody can tell is skipped, never sent again by itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from contacts.cadences.model import Kind
from contacts.cadences.reasons import Reason
from contacts.channels.asking import Found, InDoubt, Listed, MessageList
from contacts.channels.outbox import Outbox
from contacts.delivery.lookups import look_up
from contacts.delivery.prepare import prepare
from contacts.delivery.words import compose
from contacts.messages.rendered import MessageError
from contacts.messages.templates import Templates
from contacts.record.doubt.doubts import known_messages
from contacts.record.doubt.lost import Left, Trace, accept_left, traces_since
from contacts.record.engine import reading, writing
from contacts.record.sending.live import leads_there_since
from contacts.record.touches.attempts import new_attempt_id
from contacts.record.touches.backlog import Overdue, take_off, written_due_by
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import move_touches
from contacts.record.touches.queue import Claim
from contacts.settings import Settings

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lost:
    """The days of which the record knows nothing."""

    since: datetime | None
    until: datetime
    send_unchecked: bool = False
    """A person says that what nobody can tell of is to be sent all the same."""


@dataclass(slots=True)
class FilledIn:
    """What became of the touches that may have left already, by channel."""

    by_webhook: Counter[str] = field(default_factory=Counter)
    by_list: Counter[str] = field(default_factory=Counter)
    absent: Counter[str] = field(default_factory=Counter)
    """Proved not to have left: they go out."""
    unchecked: Counter[str] = field(default_factory=Counter)
    """Nobody can tell: skipped, or sent because a person said so."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the filling in works with."""

    engine: Engine
    outbox: Outbox
    settings: Settings
    templates: Templates
    now: datetime


async def fill_in(desk: Desk, lost: Lost, *, plan: Callable[[], object]) -> FilledIn:
    """Settle every touch that may have left in the lost days; `plan` what follows them.

    What is planned after a touch may have left in those days as well, so there are rounds until
    nothing is left to settle.
    """
    await look_up(desk.engine, desk.outbox, now=desk.now)  # what the backup itself left in doubt
    filled, settled = FilledIn(), set[int]()
    planned = False
    while True:
        with reading(desk.engine) as connection:
            known = written_due_by(connection, due_by=lost.until)
            suspects = [one for one in known if one.touch_id not in settled]
            traces = traces_since(connection, lost.since, suspects)
        if suspects:
            settled |= {one.touch_id for one in suspects}
            await _settle(desk, lost, suspects, traces, filled)
        elif planned:
            return filled
        plan()
        planned = True


async def _settle(
    desk: Desk,
    lost: Lost,
    suspects: Sequence[Overdue],
    traces: Sequence[Trace],
    filled: FilledIn,
) -> None:
    told = _by_webhook(suspects, traces)
    rest = [one for one in suspects if one.touch_id not in told]
    listed, absent = await _by_list(desk, lost, rest)
    with writing(desk.engine) as connection:
        accepted = accept_left(connection, told | listed, now=desk.now)
        unsure = [one for one in suspects if one.touch_id not in accepted | absent]
        if not lost.send_unchecked:
            _skip(connection, unsure, now=desk.now)
    filled.by_webhook.update(_channels(suspects, accepted & told.keys()))
    filled.by_list.update(_channels(suspects, accepted & listed.keys()))
    filled.absent.update(_channels(suspects, absent))
    filled.unchecked.update(one.channel for one in unsure)


def _channels(touches: Sequence[Overdue], which: Collection[int]) -> Counter[str]:
    return Counter(one.channel for one in touches if one.touch_id in which)


def _by_webhook(suspects: Sequence[Overdue], traces: Sequence[Trace]) -> dict[int, Left]:
    """The first trace of each touch: to its customer, by its channel and cadence, once due."""
    left: dict[int, Left] = {}
    used: set[str] = set()
    for one in sorted(suspects, key=lambda one: (one.due_at, one.touch_id)):
        for trace in traces:
            if trace.attempt_id not in used and trace.may_be(one):
                left[one.touch_id] = Left(trace.attempt_id, trace.provider_id, trace.at)
                used.add(trace.attempt_id)
                break
    return left


async def _by_list(
    desk: Desk, lost: Lost, touches: Sequence[Overdue]
) -> tuple[dict[int, Left], set[int]]:
    """Which of these the provider's list has, and which it has not for certain.

    SendGrid's list is asked by the attempt's mark, and the marks of those days are lost with them;
    so it is Twilio's alone, which is asked by number and words.
    """
    its_list = desk.outbox.lists.get("sms")
    with reading(desk.engine) as connection:
        here_since = leads_there_since(connection, "sms")
    if here_since is not None and (lost.since is None or lost.since < here_since):
        its_list = None  # it is of another account or sender than some of them left by
    texts = {one.touch_id: one for one in touches if one.channel == "sms"}
    if its_list is None or not texts:
        return {}, set()
    questions = _questions(desk, list(texts.values()))
    at_once = asyncio.Semaphore(its_list.at_once)
    looks = await asyncio.gather(
        *(_look(its_list, at_once, texts[touch], asked, lost) for touch, asked in questions.items())
    )
    with reading(desk.engine) as connection:
        taken = known_messages(
            connection, {one.provider_id for look in looks for one in look or ()}
        )
    left: dict[int, Left] = {}
    absent: set[int] = set()
    for touch, look in zip(questions, looks, strict=True):
        new = [one for one in look or () if one.provider_id not in taken]
        if look is not None and not new:
            absent.add(touch)
        if ours := [one for one in new if one.is_ours]:
            at = min(ours[0].created_at or texts[touch].due_at, desk.now)
            left[touch] = Left(new_attempt_id(), ours[0].provider_id, at)
            taken.add(ours[0].provider_id)  # one message answers for one touch
    return left, absent


async def _look(
    its_list: MessageList,
    at_once: asyncio.Semaphore,
    touch: Overdue,
    asked: InDoubt,
    lost: Lost,
) -> list[Listed] | None:
    """What the list has around every day on which it may have left; None if that is not certain."""
    listed: list[Listed] = []
    began_at = asked.began_at
    while began_at <= max(min(lost.until, touch.not_after), asked.began_at):
        question = InDoubt(asked.attempt_id, asked.address, asked.text, began_at)
        async with at_once:
            looked = await its_list.look_up(question)
        if looked.found in (Found.NO_LIST, Found.NO_ANSWER):
            return None
        listed += looked.listed
        began_at += _DAY
    return listed


def _questions(desk: Desk, touches: Sequence[Overdue]) -> dict[int, InDoubt]:
    """The words that each SMS would have now; those that cannot be written cannot be asked for."""
    claims = [Claim(one.touch_id, 0, one.due_at) for one in touches]
    due = {one.touch_id: one.due_at for one in touches}
    asked: dict[int, InDoubt] = {}
    with reading(desk.engine) as connection:
        for one in prepare(
            connection, claims, settings=desk.settings, templates=desk.templates, now=desk.now
        ):
            try:
                words = compose(
                    one,
                    Kind.SMS,
                    templates=desk.templates,
                    settings=desk.settings,
                    now=desk.now,
                ).message
            except MessageError:
                continue
            at = due[one.touch.id]
            asked[one.touch.id] = InDoubt(words.attempt_id, words.address, words.text, at)
    return asked


def _skip(connection: Connection, touches: Sequence[Overdue], *, now: datetime) -> None:
    """They count as made when they were due, so that what follows keeps its distance."""
    take_off(connection, [one.touch_id for one in touches])
    for due_at in {one.due_at for one in touches}:
        ids = [one.touch_id for one in touches if one.due_at == due_at]
        moved = move_touches(connection, ids, "skipped", reason=Reason.RESTORED)
        go_on(connection, {touch.enrolment_id for touch in moved}, now=now, made_at=due_at)
