"""Finds the attempt and the customer that an event is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.record.customers.address_keys import customers_at
from contacts.record.tables import ALIVE, Attempt, Customer

# What a person did counts for that person, whichever message it answers.
BY_PERSON = frozenset(
    {
        EventKind.REPLIED,
        EventKind.HELP,
        EventKind.OPTED_OUT,
        EventKind.OPTED_IN,
        EventKind.COMPLAINED,
    }
)


@dataclass(frozen=True, slots=True)
class Match:
    """What an event belongs to; all None for an event of another installation."""

    customer_id: int | None = None
    touch_id: int | None = None
    attempt_id: str | None = None
    alive: bool = False
    """Whether the attempt may still move its touch; one proven absent may not."""
    erased: bool = False
    """Whether it is about somebody who was erased: that it came is kept, and no word of it."""


NOBODY = Match()


def match_events(connection: Connection, events: Sequence[IncomingEvent]) -> list[Match]:
    """One match per event: by our own mark, else by the provider's id, else by the address."""
    marked = _attempts(connection, Attempt.id, (event.attempt_id for event in events))
    others = [event for event in events if event.attempt_id not in marked]
    named = _attempts(connection, Attempt.provider_id, (event.provider_id for event in others))
    return [
        marked.get(event.attempt_id or "")
        or named.get(event.provider_id or "")
        or _by_address(connection, event)
        for event in events
    ]


def _attempts(
    connection: Connection, column: Any, keys: Iterable[str | None]
) -> dict[str, Match]:  # fmt: skip
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    rows = connection.execute(
        select(
            column.label("key"), Attempt.id, Attempt.touch_id, Attempt.customer_id, Attempt.state
        ).where(column.in_(wanted))
    )
    return {
        row.key: Match(row.customer_id, row.touch_id, row.id, alive=row.state in ALIVE)
        for row in rows
    }


def _by_address(connection: Connection, event: IncomingEvent) -> Match:
    if not event.address or not (event.kind in BY_PERSON or event.attempt_id is None):
        return NOBODY
    if event.channel == "sms":
        written = _last_written_to(connection, event.address)
        if written is not None:
            return Match(written.customer_id, written.touch_id)
    known = customers_at(connection, event.channel, event.address)
    return Match(known[0]) if known else NOBODY


def _last_written_to(connection: Connection, phone: str) -> Row[int, int] | None:
    return connection.execute(
        select(Attempt.customer_id, Attempt.touch_id)
        .join(Customer, Customer.id == Attempt.customer_id)
        .where(Customer.phone == phone, Attempt.channel == "sms", _alive())
        .order_by(Attempt.started_at.desc())
        .limit(1)
    ).one_or_none()


def _alive() -> ColumnElement[bool]:
    # Written out in the SQL, so that the partial index `one_message_a_day` serves it.
    return Attempt.state.in_(bindparam("alive", ALIVE, expanding=True, literal_execute=True))
