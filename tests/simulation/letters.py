"""What providers and customers tell the webhooks: real payloads, read by the production parsers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from contacts.channels import sendgrid, twilio
from contacts.channels.incoming import IncomingEvent

Said = tuple[str, dict[str, Any]]


@dataclass(eq=False, slots=True)
class Letter:
    """One event; it may be told never, once, or often."""

    kind: str  # mail_event, sms_status, sms or mail
    payload: dict[str, Any]
    made_at: datetime
    told: bool = False

    def __str__(self) -> str:
        words = ("event", "MessageStatus", "Body", "text")
        return next(str(self.payload[word]) for word in words if word in self.payload)


def of_mail(attempt_id: str, to: str, provider_id: str, *, bounces: bool) -> list[Said]:
    """What SendGrid tells of a mail in its life."""
    course = ("processed", "deferred", "bounce") if bounces else ("processed", "delivered")
    return [
        (
            "mail_event",
            {
                "event": word,
                "email": to,
                "sg_event_id": f"{provider_id}-{word}",
                "sg_message_id": f"{provider_id}.recvd-0",
                "attempt_id": attempt_id,
                "reason": "550 5.1.1 no such user" if word == "bounce" else "",
            },
        )
        for word in course
    ]


def of_sms(attempt_id: str, to: str, provider_id: str, *, bounces: bool) -> list[Said]:
    """What Twilio tells of an SMS in its life; of its first status it tells nothing."""
    return [
        (
            "sms_status",
            {"attempt": attempt_id, "To": to, "MessageSid": provider_id, "MessageStatus": word},
        )
        for word in ("sent", "undelivered" if bounces else "delivered")
    ]


def parsed(letters: Iterable[Letter], *, now: datetime) -> list[IncomingEvent]:
    """The events of these letters, as the webhooks read them."""
    events: list[IncomingEvent] = []
    for letter in letters:
        payload = letter.payload
        if letter.kind == "mail_event":
            told = payload | {"timestamp": int(letter.made_at.timestamp())}
            events += sendgrid.parse(orjson.dumps([told]), now=now)
        elif letter.kind == "sms_status":
            query = {"attempt": payload["attempt"]}
            events.append(twilio.parse_status(query, payload, now=now))
        elif letter.kind == "sms":
            events.append(twilio.parse_inbound(payload, now=now))
        else:
            events.append(sendgrid.parse_inbound(payload, now=now))
    return events
