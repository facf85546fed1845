"""What a pass of sending works with, and the words of its touches for the way that each goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contacts.cadences.model import Kind
from contacts.cadences.reasons import Reason
from contacts.delivery.abroad import why_unfit
from contacts.delivery.elapsed import elapsed
from contacts.delivery.pace import Pace
from contacts.delivery.prepare import Prepared
from contacts.delivery.reports import SendReport
from contacts.delivery.words import Ready, compose
from contacts.messages.rendered import MessageError
from contacts.messages.templates import Templates
from contacts.record.sending.rates import Rate
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """What a pass of sending works with."""

    settings: Settings
    templates: Templates
    paused: frozenset[str]  # cadences
    report: SendReport
    rates: Mapping[str, Rate] = field(default_factory=dict)  # by channel, where one has a limit
    monotonic: Callable[[], float] = elapsed
    """Seconds that never go back, for deadlines inside the pass."""
    pace: Pace | None = None
    """After a pause: how much may leave in a minute."""
    on_wait: Callable[[timedelta], None] | None = None
    """Told how much longer a sender's rate keeps the pass waiting."""


Draft = Ready | MessageError | Reason
"""The words of a touch, or why there are none: a fault of theirs, or of where they would go."""
_KINDS = {kind.value: kind for kind in Kind}


def draft(prepared: Sequence[Prepared], desk: Desk, now: datetime) -> dict[int, Draft]:
    """The words of each written touch, rendered before the gate so that it stays short."""
    return {
        one.touch.id: _draft(one, channel, desk, now)
        for one in prepared
        if not (channel := _KINDS[one.touch.channel]).is_human
    }


def words_of(
    one: Prepared, channel: Kind, drafts: dict[int, Draft], desk: Desk, now: datetime
) -> Draft:
    """The words for this channel: those rendered already, or new ones where it goes by another."""
    words = drafts.get(one.touch.id)
    if not isinstance(words, Ready) or words.attempt.channel != channel:
        words = drafts[one.touch.id] = _draft(one, channel, desk, now)
    return words


def size_of(
    one: Prepared, channel: Kind, drafts: dict[int, Draft], desk: Desk, now: datetime
) -> int:
    """What it takes of its sender's rate."""
    words = words_of(one, channel, drafts, desk, now)
    return words.attempt.segments if isinstance(words, Ready) else 0


def _draft(prepared: Prepared, channel: Kind, desk: Desk, now: datetime) -> Draft:
    try:
        ready = compose(
            prepared, channel, templates=desk.templates, settings=desk.settings, now=now
        )
        if channel is Kind.SMS:
            return why_unfit(ready, desk.templates, desk.settings) or ready
        return ready
    except MessageError as error:
        return error
