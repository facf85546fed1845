"""Traces of what left in days that a restored record lost: events of attempts unknown to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from contacts.cadences.calendar import local_date
from contacts.record.many import one_of
from contacts.record.tables import Attempt, Customer, Event, Touch
from contacts.record.touches.backlog import Overdue, take_off
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts

_EARLY = timedelta(hours=1)
"""A touch may leave before its `due_at` by as much as two clocks differ."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A provider's word on a message to a customer that is not on record."""

    attempt_id: str
    provider_id: str | None
    customer_id: int
    channel: str
    cadence: str | None
    """None where the provider does not know it."""
    at: datetime

    def may_be(self, touch: Overdue) -> bool:
        same = (self.customer_id, self.channel) == (touch.customer_id, touch.channel)
        return same and self.cadence in (None, touch.cadence) and self.at >= touch.due_at - _EARLY


@dataclass(frozen=True, slots=True)
class Left:
    """What is known of a message that left."""

    attempt_id: str
    provider_id: str | None
    at: datetime


def traces_since(
    connection: Connection, since: datetime | None, touches: Sequence[Overdue]
) -> list[Trace]:
    """What providers told of unknown attempts to the customers of these touches, oldest first."""
    people = _at_addresses(connection, {one.customer_id for one in touches})
    statement = select(Event).where(
        Event.touch_id.is_(None), Event.attempt_id.is_not(None), Event.channel.in_(["email", "sms"])
    )
    if since is not None:
        statement = statement.where(Event.occurred_at >= since - _EARLY)
    rows = connection.execute(statement.order_by(Event.occurred_at, Event.id))
    return [
        Trace(
            row.attempt_id, _provider_id(row.payload), customer, row.channel, name, row.occurred_at
        )
        for row in rows
        for customer in people.get((row.channel, _address(row.payload)), ())
        for name in [_cadence(row.payload)]
    ]


def accept_left(connection: Connection, left: Mapping[int, Left], *, now: datetime) -> set[int]:
    """Put on record that these touches left; return those that fit what the record has already.

    Two messages to a customer by one channel on one day cannot both be on record.
    """
    accepted: set[int] = set()
    rows = connection.execute(_TOUCHES, {"touches": list(left)}).all()
    for row in rows:
        known = left[row.id]
        try:
            with connection.begin_nested():
                connection.execute(insert(Attempt).values(_attempt(row, known)))
        except IntegrityError:
            continue
        take_off(connection, [row.id])
        move_touches(connection, [row.id], "sending")
        said = AcceptedAttempt(known.attempt_id, known.provider_id, None, known.at)
        accept_attempts(connection, [said], now=now)
        connection.execute(
            update(Event)
            .where(Event.attempt_id == known.attempt_id, Event.touch_id.is_(None))
            .values(touch_id=row.id, customer_id=row.customer_id)
        )
        accepted.add(row.id)
    return accepted


def _at_addresses(
    connection: Connection, customer_ids: set[int]
) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    rows = connection.execute(_ADDRESSES, {"customers": list(customer_ids)})
    for row in rows:
        for channel, address in (("email", row.email_key), ("sms", row.phone)):
            if address:
                found.setdefault((channel, address), []).append(row.id)
    return found


def _address(payload: Mapping[str, Any] | None) -> str:
    said = (payload or {}).get("email") or (payload or {}).get("To") or ""
    return said.strip().lower() if isinstance(said, str) else ""


def _cadence(payload: Mapping[str, Any] | None) -> str | None:
    """SendGrid brings the category back, as a word or a list of words."""
    said = (payload or {}).get("category")
    if isinstance(said, list):
        said = said[0] if said else None
    return said if isinstance(said, str) else None


def _provider_id(payload: Mapping[str, Any] | None) -> str | None:
    said = (payload or {}).get("sg_message_id") or (payload or {}).get("MessageSid")
    return said.partition(".")[0][:100] if isinstance(said, str) else None


def _attempt(touch: Any, known: Left) -> dict[str, Any]:
    return {
        "id": known.attempt_id,
        "touch_id": touch.id,
        "customer_id": touch.customer_id,
        "channel": touch.channel,
        "local_date": _day(known.at, touch.timezone),
        "state": "sending",
        "fence": 0,
        "lease_until": known.at,
        "template": "",
        "body_hash": "",
        "segments": 1,
        "started_at": known.at,
    }


def _day(at: datetime, zone: str) -> date:
    try:
        return local_date(at, zone)
    except ValueError:  # a zone that this machine does not know
        return at.astimezone(UTC).date()


_ADDRESSES = select(Customer.id, Customer.email_key, Customer.phone).where(
    one_of(Customer.id, "customers")
)
_TOUCHES = (
    select(Touch.id, Touch.customer_id, Touch.channel, Customer.timezone)
    .join(Customer, Customer.id == Touch.customer_id)
    .where(one_of(Touch.id, "touches"), Touch.state == "planned")
    .order_by(Touch.due_at, Touch.id)
)
