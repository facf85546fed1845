"""What providers say of ourselves: that too many call our mail spam, that our number is unknown.

Gmail and Yahoo ask of senders that fewer than 3 in 1,000 complain, and turn away the mail of those
who do not keep to it; US carriers turn away every SMS of a number that is not registered. Only what
is said of messages of ours counts, and none that left before a person last saw to it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, distinct, func, select

from contacts.channels.incoming import EventKind
from contacts.listening.store import Heard
from contacts.record.many import constant
from contacts.record.sending.channels import (
    ChannelState,
    channel_states,
    close_channel,
    hold_marketing,
)
from contacts.record.tables import Attempt, Event

MOST = 0.003
"""The share of complaints at which marketing mail waits."""
FEWEST = 3
"""Complaints that say anything at all: one of a hundred is no rate yet."""
DAYS = 7
_UNREGISTERED = "30034"  # Twilio: A2P 10DLC, the sender is not registered
_FAILED = frozenset({EventKind.UNDELIVERED, EventKind.DROPPED})


def heed(connection: Connection, one: Heard, *, now: datetime) -> None:
    """Stop what the event says must not go on, until a person has seen to it."""
    if one.match.attempt_id is None:
        return
    if one.event.kind is EventKind.COMPLAINED:
        _count_complaints(connection, now)
    elif one.event.kind in _FAILED and one.event.payload.get("ErrorCode") == _UNREGISTERED:
        _close_sms(connection, one.match.attempt_id, now)


def _count_complaints(connection: Connection, now: datetime) -> None:
    email = _state(connection, "email")
    week = now - timedelta(days=DAYS)
    since = {"since": week if email.opened_at is None else max(week, email.opened_at)}
    complaints = connection.execute(_COMPLAINTS, since).scalar_one()
    if email.marketing_held is not None or complaints < FEWEST:
        return
    sent = connection.execute(_SENT, since).scalar_one()
    if complaints >= MOST * sent:
        said = f"{complaints:,} of {sent:,} mails of the last {DAYS} days were called spam"
        hold_marketing(connection, "email", reason=said, now=now)


def _close_sms(connection: Connection, attempt_id: str, now: datetime) -> None:
    opened_at = _state(connection, "sms").opened_at
    began = connection.execute(_BEGAN, {"attempt": attempt_id}).scalar_one()
    if opened_at is None or began >= opened_at:
        said = f"carriers refuse our number as not registered (Twilio {_UNREGISTERED})"
        close_channel(connection, "sms", reason=said, now=now)


def _state(connection: Connection, name: str) -> ChannelState:
    return next(one for one in channel_states(connection) if one.name == name)


_BEGAN = select(Attempt.started_at).where(Attempt.id == bindparam("attempt"))
_COMPLAINTS = (
    select(func.count(distinct(Event.attempt_id)))
    .join(Attempt, Attempt.id == Event.attempt_id)
    .where(
        Event.kind == constant("complained"),
        Event.occurred_at >= bindparam("since"),
        Attempt.channel == "email",
        Attempt.started_at >= bindparam("since"),
    )
)
_SENT = (
    select(func.count())
    .select_from(Attempt)
    .where(
        Attempt.channel == "email",
        Attempt.state == "accepted",
        Attempt.started_at >= bindparam("since"),
    )
)
