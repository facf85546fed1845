"""Stores events, each once whatever it will change, and says which are new."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from contacts.channels.incoming import IncomingEvent
from contacts.listening.discretion import without_words_of_erased
from contacts.listening.matching import Match, match_events
from contacts.record.contact import ATTEMPT_ID
from contacts.record.inserting import insert_into
from contacts.record.tables import Event

_LONGEST_EVENT_ID = 128


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that is new to the record."""

    id: int
    event: IncomingEvent
    match: Match
    at: datetime  # when it happened; never after it reached us


def store_events(
    connection: Connection, events: Sequence[IncomingEvent], *, signing_key: str, now: datetime
) -> list[Heard]:
    """Insert these events; those that the record already has are left out of the answer."""
    fitting = [storable(event) for event in events]
    once = list({(event.provider, event.event_id): event for event in fitting}.values())
    matched = list(zip(once, match_events(connection, once), strict=True))
    found = without_words_of_erased(connection, matched, signing_key)
    ids = _insert(connection, [_row(event, match, now) for event, match in found])
    return [
        Heard(ids[event.provider, event.event_id], event, match, min(event.occurred_at, now))
        for event, match in found
        if (event.provider, event.event_id) in ids
    ]


def storable(event: IncomingEvent) -> IncomingEvent:
    """The event with every value such that both databases can hold it."""
    mark = event.attempt_id
    return replace(
        event,
        event_id=_short(_words(event.event_id)),
        attempt_id=None if mark is None or len(mark) > (ATTEMPT_ID.length or 0) else mark,
        address=event.address.strip().lower() if event.address else None,
        detail=_words(event.detail),
    )


def _short(event_id: str) -> str:
    if len(event_id) <= _LONGEST_EVENT_ID:
        return event_id
    return hashlib.sha256(event_id.encode()).hexdigest()


def _words(words: str) -> str:
    # PostgreSQL refuses NUL, and neither database takes half a surrogate pair.
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _row(event: IncomingEvent, match: Match, now: datetime) -> dict[str, Any]:
    return {
        "provider": event.provider,
        "event_id": event.event_id,
        "kind": event.kind.value,
        "channel": event.channel,
        "customer_id": match.customer_id,
        "touch_id": match.touch_id,
        "attempt_id": match.attempt_id or event.attempt_id,
        "occurred_at": min(event.occurred_at, now),
        "received_at": now,
        "detail": event.detail,
        "payload": event.payload or None,
    }


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    if not rows:
        return {}
    statement = (
        insert_into(connection.dialect.name, Event)
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(Event.id, Event.provider, Event.event_id)
    )
    stored = connection.execute(statement, rows)
    return {(row.provider, row.event_id): row.id for row in stored}
