"""What events say of ourselves: that too many call our mail spam, that our number is unknown.

Gmail and Yahoo ask of senders that fewer than 3 in 1,000 complain, and turn away the mail of those
who do not keep to it; US carriers turn away every SMS of a number that is not registered.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from contacts.channels.incoming import EventKind
from contacts.listening.store import Heard
from contacts.record.channels import channel_states, close_channel, hold_marketing
from contacts.record.tables import Attempt, Suppression

MOST = 0.003
"""The share of complaints at which marketing mail waits."""
FEWEST = 3
"""Complaints that say anything at all: one of a hundred is no rate yet."""
DAYS = 7
_UNREGISTERED = "30034"  # Twilio: A2P 10DLC, the sender is not registered


def heed(connection: Connection, one: Heard, *, now: datetime) -> None:
    """Stop what the event says must not go on, until a person has seen to it."""
    if one.event.kind is EventKind.COMPLAINED:
        _count_complaints(connection, now)
    elif one.event.channel == "sms" and _UNREGISTERED in one.event.detail.split():
        said = f"carriers refuse our number as not registered (Twilio {_UNREGISTERED})"
        close_channel(connection, "sms", reason=said, now=now)


def _count_complaints(connection: Connection, now: datetime) -> None:
    email = next(one for one in channel_states(connection) if one.name == "email")
    since = max(now - timedelta(days=DAYS), email.opened_at or now - timedelta(days=DAYS))
    complaints = connection.execute(_COMPLAINTS, {"since": since}).scalar_one()
    if email.marketing_held is not None or complaints < FEWEST:
        return
    sent = connection.execute(_SENT, {"since": since}).scalar_one()
    if complaints >= MOST * sent:
        said = f"{complaints:,} of {sent:,} mails of the last {DAYS} days were called spam"
        hold_marketing(connection, "email", reason=said, now=now)


_COMPLAINTS = (
    select(func.count())
    .select_from(Suppression)
    .where(
        Suppression.channel == "email",
        Suppression.reason == "complained",
        Suppression.at >= bindparam("since"),
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
