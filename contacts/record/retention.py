"""Removing what is older than it need be kept: the words of messages, the raw events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, null, select, update

from contacts.record.engine import writing
from contacts.record.tables import Attempt, Event, Message

PAYLOAD_DAYS = 30
BATCH = 500
"""Rows of one transaction, so that nothing else waits long for the record."""


@dataclass(slots=True)
class Removed:
    bodies: int = 0
    payloads: int = 0


def remove_old(engine: Engine, *, body_days: int, now: datetime) -> Removed:
    """Remove words older than `body_days` and raw events older than 30 days.

    That a message was sent, to whom and what became of it stays on record.
    """
    return Removed(
        bodies=_remove_bodies(engine, before=now - timedelta(days=body_days)),
        payloads=_remove_payloads(engine, before=now - timedelta(days=PAYLOAD_DAYS)),
    )


def _remove_bodies(engine: Engine, *, before: datetime) -> int:
    old = (
        select(Message.attempt_id)
        .join(Attempt, Attempt.id == Message.attempt_id)
        .where(Attempt.started_at < before)
        .limit(BATCH)
    )
    total = 0
    while True:
        with writing(engine) as connection:
            ids = list(connection.execute(old).scalars())
            connection.execute(delete(Message).where(Message.attempt_id.in_(ids)))
        total += len(ids)
        if len(ids) < BATCH:
            return total


def _remove_payloads(engine: Engine, *, before: datetime) -> int:
    # JSON has a null of its own; cleared rows hold SQL's, so that they are not found again.
    held = Event.payload.is_not(null())
    old = select(Event.id).where(Event.received_at < before, held).limit(BATCH)
    total = 0
    while True:
        with writing(engine) as connection:
            ids = list(connection.execute(old).scalars())
            connection.execute(update(Event).where(Event.id.in_(ids)).values(payload=null()))
        total += len(ids)
        if len(ids) < BATCH:
            return total
