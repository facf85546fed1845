"""What goes out to a provider, and its answer in the promise's own classes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar


@dataclass(slots=True)
class OutgoingEmail:
    attempt_id: str  # comes back with every event, as custom argument `attempt_id`
    to: str
    to_name: str
    sender: str
    sender_name: str
    reply_to: str
    subject: str  # one line
    text: str
    html: str
    category: str  # the cadence's name; SendGrid keeps it for long, so never personal data
    headers: dict[str, str] = field(default_factory=dict)
    follow_opens: bool = False  # whether the provider may tell that it was opened


@dataclass(slots=True)
class OutgoingSms:
    attempt_id: str  # comes back in the query of the status callback
    to: str  # E.164
    body: str
    valid_seconds: int = 3600  # 1..36000; how long the provider may keep it queued


LONGEST_MARK = 100


class Answer(StrEnum):
    """What a provider's answer, or its absence, means (docs/promise.md)."""

    # Enum's own is written in Python, and these are keys many times a touch.
    __hash__ = str.__hash__

    ACCEPTED = "accepted"  # the provider has it
    REFUSED = "refused"  # never accepted, and never will be
    RETRY = "retry"  # never accepted; may be tried again
    CLOSED = "closed"  # the key or account is refused: the channel must stop
    UNKNOWN = "unknown"  # nobody can know whether it was accepted


class Receipt(NamedTuple):
    answer: Answer
    provider_id: str | None = None
    http_status: int | None = None
    code: str | None = None  # the provider's code, or the kind of failure of the wire
    retry_after: float | None = None  # seconds, where the provider named them
    opted_out: bool = False  # the provider says that this address opted out (Twilio 21610)


def provider_mark(said: object) -> str | None:
    """The id that a provider gave a message, if it is one that the record can keep."""
    if isinstance(said, str) and 0 < len(said) <= LONGEST_MARK and said.isascii():
        return said if said.isprintable() else None
    return None


Outgoing = TypeVar("Outgoing", OutgoingEmail, OutgoingSms, contravariant=True)


class Sender(Protocol[Outgoing]):
    """One provider's way out: exactly one request, never a retry, never an exception."""

    async def send(self, message: Outgoing) -> Receipt: ...
