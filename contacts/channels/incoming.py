"""What providers tell us, in one closed vocabulary, whatever their own words are."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    ACCEPTED = "accepted"  # processed, queued, sent: the provider has it
    DELIVERED = "delivered"
    DEFERRED = "deferred"  # the receiving side asks the provider to wait
    BOUNCED = "bounced"  # refused for good by the receiving side
    BLOCKED = "blocked"  # refused this time; the address stays good
    DROPPED = "dropped"  # the provider did not try
    UNDELIVERED = "undelivered"  # SMS that did not arrive
    COMPLAINED = "complained"  # "this is spam"
    OPENED = "opened"
    CLICKED = "clicked"
    SCANNED = "scanned"  # a machine opened it, or looked where its links lead
    OPTED_OUT = "opted_out"  # unsubscribed, or STOP
    OPTED_IN = "opted_in"  # START
    REPLIED = "replied"
    AUTOMATIC = "automatic"  # a machine answered: an absence note, a delivery report
    HELP = "help"  # asked for help by keyword
    PREFERRED = "preferred"  # chose on their own page
    UNKNOWN = "unknown"  # a word we do not know; the raw event is kept


class SignatureError(Exception):
    """The request is not from the provider, or too old; the message says which, for the log."""


class PayloadError(Exception):
    """The request is the provider's, and cannot be read."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    provider: str  # sendgrid or twilio
    event_id: str  # the provider's, or a SHA-256 of the event where it has none
    kind: EventKind
    channel: str  # email or sms
    occurred_at: datetime  # aware, UTC
    attempt_id: str | None = None  # our mark, where it came back
    address: str | None = None  # the customer's
    provider_id: str | None = None  # message id at the provider
    detail: str = ""  # why it bounced, a provider's error code; the words of a reply
    marketing_only: bool = False  # an opt-out that lets service mail go on
    unclear: bool = False  # a reply that may mean "stop": a person reads it before we write again
    wants_answer: bool = False  # an opt-out beside which something is asked: a person answers it
    payload: dict[str, Any] = field(default_factory=dict)  # as received
