"""Takes in what providers told us: every event stored once, what it changes applied once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from contacts.channels.incoming import IncomingEvent
from contacts.listening.effects import take_effect
from contacts.listening.store import store_events
from contacts.settings import Settings

# Rows per statement; SQLite takes 32,766 values in one, and an event has a dozen.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Applied:
    stored: int = 0  # new to the record
    repeated: int = 0  # already there; changed nothing
    unmatched: int = 0  # stored, about nobody whom we know


def apply_events(
    connection: Connection,
    events: Sequence[IncomingEvent],
    *,
    settings: Settings,
    now: datetime,
) -> Applied:
    """Store these events and move on what they are about, in the caller's transaction.

    Events may come any number of times and in any order; within one call the older go first.
    """
    ordered = sorted(events, key=lambda event: event.occurred_at)
    stored = unmatched = 0
    for start in range(0, len(ordered), _CHUNK):
        some = ordered[start : start + _CHUNK]
        heard = store_events(connection, some, signing_key=settings.signing_key, now=now)
        take_effect(connection, heard, settings=settings, now=now)
        stored += len(heard)
        unmatched += sum(one.match.customer_id is None for one in heard)
    return Applied(stored=stored, repeated=len(ordered) - stored, unmatched=unmatched)
