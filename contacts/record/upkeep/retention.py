"""Removing what is older than it need be kept: words of messages, replies, raw events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Update,
    delete,
    func,
    null,
    select,
    update,
)
from sqlalchemy.sql.dml import Delete

from contacts.cadences.model import Kind
from contacts.record.customers.proofs import FreshnessProof
from contacts.record.engine import writing
from contacts.record.tables import Attempt, Event, Message, StuckEvent, Task
from contacts.record.upkeep.overwriting import overwrite_what_goes
from contacts.settings import Settings

BATCH = 500
"""Rows of one transaction, so that nothing else waits long for the record."""
_WORDS_OF = ("replied", "automatic", "help", "opted_out", "opted_in", "unknown")
"""Kinds of events whose detail may be what a customer wrote."""


@dataclass(slots=True)
class Removed:
    bodies: int = 0
    replies: int = 0
    payloads: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """What is old by one setting: its keys in the record, and what becomes of some of them."""

    name: str | None
    """The field of `Removed` that counts it; None where it is counted with another part."""
    old: Select[Any]
    clear: Callable[[list[Any]], Update | Delete]


def remove_old(engine: Engine, *, settings: Settings, now: datetime) -> Removed:
    """Remove what is older than the settings keep it.

    That a message was sent, to whom and what became of it stays on record; so does that somebody
    answered, and when. A reply that still waits as an open task stays until the task is done.
    """
    removed = Removed()
    for part in _parts(settings, now):
        gone = _cleared(engine, part)
        if part.name is not None:
            setattr(removed, part.name, getattr(removed, part.name) + gone)
    return removed


def count_old(connection: Connection, *, settings: Settings, now: datetime) -> Removed:
    """What `remove_old` would remove."""
    found = Removed()
    for part in _parts(settings, now):
        if part.name is not None:
            counted = select(func.count()).select_from(part.old.subquery())
            old = connection.execute(counted).scalar_one()
            setattr(found, part.name, getattr(found, part.name) + old)
    return found


def _parts(settings: Settings, now: datetime) -> list[_Part]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    return [
        _bodies(before(settings.body_retention_days)),
        _replies(before(settings.reply_retention_days)),
        _payloads(before(settings.payload_retention_days)),
        _stuck(before(settings.payload_retention_days)),
        _briefs(before(settings.reply_retention_days), ("reply", "decide")),
        _briefs(before(_quoted(settings)), [kind.value for kind in Kind if kind.is_human]),
        _proofs(before(settings.proof_retention_days)),
    ]


def _quoted(settings: Settings) -> int:
    """How many days the brief of a call is kept: it quotes the customer's words and ours."""
    return min(settings.body_retention_days, settings.reply_retention_days)


def _cleared(engine: Engine, part: _Part) -> int:
    total = 0
    while True:
        with writing(engine) as connection:
            overwrite_what_goes(connection)
            keys = list(connection.execute(part.old.limit(BATCH)).scalars())
            if keys:
                connection.execute(part.clear(keys))
        total += len(keys)
        if len(keys) < BATCH:
            return total


def _bodies(before: datetime) -> _Part:
    old = (
        select(Message.attempt_id)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(Attempt.started_at < before)
    )
    return _Part("bodies", old, lambda keys: delete(Message).where(Message.attempt_id.in_(keys)))


def _replies(before: datetime) -> _Part:
    old = select(Event.id).where(
        Event.received_at < before,
        Event.kind.in_(_WORDS_OF),
        Event.detail != "",
        ~_open_task().exists(),
    )
    return _Part(
        "replies", old, lambda keys: update(Event).where(Event.id.in_(keys)).values(detail="")
    )


def _briefs(before: datetime, kinds: Sequence[str]) -> _Part:
    """What a task quotes goes with what it quotes, and is counted with it."""
    old = select(Task.id).where(
        Task.kind.in_(kinds),
        Task.state == "done",
        Task.opened_at < before,
        Task.brief != "",
    )
    return _Part(None, old, lambda keys: update(Task).where(Task.id.in_(keys)).values(brief=""))


def _payloads(before: datetime) -> _Part:
    # JSON has a null of its own; cleared rows hold SQL's, so that they are not found again.
    # What came of a call is no raw data of a provider's.
    old = select(Event.id).where(
        Event.received_at < before, Event.payload.is_not(null()), Event.provider != "person"
    )
    return _Part(
        "payloads", old, lambda keys: update(Event).where(Event.id.in_(keys)).values(payload=null())
    )


def _stuck(before: datetime) -> _Part:
    """An event that could not be applied is kept in its raw form, and tried no longer than that."""
    old = select(StuckEvent.id).where(StuckEvent.received_at < before)
    return _Part("payloads", old, lambda keys: delete(StuckEvent).where(StuckEvent.id.in_(keys)))


def _proofs(before: datetime) -> _Part:
    """They tell of nobody, so nobody need hear of it."""
    old = select(FreshnessProof.id).where(FreshnessProof.at < before)
    return _Part(None, old, lambda keys: delete(FreshnessProof).where(FreshnessProof.id.in_(keys)))


def _open_task() -> Select[Any]:
    return select(Task.id).where(Task.event_id == Event.id, Task.state == "open")
