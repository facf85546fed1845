"""The event webhook in: a JSON array of what became of our mail, in our own words."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from contacts.channels.incoming import EventKind, IncomingEvent, PayloadError

WORDS = {
    "processed": EventKind.ACCEPTED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "blocked": EventKind.BLOCKED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.COMPLAINED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "unsubscribe": EventKind.OPTED_OUT,
    "group_unsubscribe": EventKind.OPTED_OUT,
    "group_resubscribe": EventKind.OPTED_IN,
}
# Microsoft's word for a sender without SPF, DKIM and DMARC: our fault, the address is good.
_OUR_AUTHENTICATION = "5.7.515"
_ATTEMPT_ID = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)
_LONGEST_ID, _LONGEST_DETAIL = 100, 1000


def parse(body: bytes, *, now: datetime) -> list[IncomingEvent]:
    """Every event of a verified request; raise PayloadError if it is not a JSON array.

    An event with a word, or of a shape, that we do not know is kept as UNKNOWN: refusing it would
    make SendGrid repeat the whole batch. One without a time happened `now`.
    """
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # orjson stops at a depth of 1,024 instead of exhausting the stack.
        raise PayloadError(f"the body is not JSON in UTF-8, or too deep: {error.msg}") from None
    if not isinstance(events, list):
        raise PayloadError("the body is not a JSON array")
    return [_event(event, now) for event in events]


def _event(event: Any, now: datetime) -> IncomingEvent:
    payload = event if isinstance(event, dict) else {"not_an_object": event}
    kind = _kind(payload)
    return IncomingEvent(
        provider="sendgrid",
        event_id=_event_id(payload),
        kind=kind,
        channel="email",
        occurred_at=_instant(payload.get("timestamp")) or now,
        attempt_id=_attempt_id(payload.get("attempt_id")),
        address=_text(payload, "email") or None,
        # "<X-Message-Id>.filter0001p1…": what follows the first dot is SendGrid's own.
        provider_id=_text(payload, "sg_message_id").partition(".")[0][:_LONGEST_ID] or None,
        detail=_detail(payload),
        marketing_only=kind is EventKind.OPTED_OUT,
        payload=payload,
    )


def _event_id(payload: dict[str, Any]) -> str:
    given = _text(payload, "sg_event_id")
    if given and len(given) <= _LONGEST_ID:
        return given
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _kind(payload: dict[str, Any]) -> EventKind:
    kind = WORDS.get(_text(payload, "event"), EventKind.UNKNOWN)
    if kind is EventKind.OPENED and payload.get("sg_machine_open") is True:
        return EventKind.SCANNED
    if kind is not EventKind.BOUNCED:
        return kind
    if payload.get("type") == "blocked" or _OUR_AUTHENTICATION in _detail(payload):
        return EventKind.BLOCKED
    return kind


def _detail(payload: dict[str, Any]) -> str:
    said = (_text(payload, key) for key in ("status", "reason", "response", "url"))
    return " ".join(word for word in said if word)[:_LONGEST_DETAIL]


def _attempt_id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ATTEMPT_ID.fullmatch(value) else None


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(payload: dict[str, Any], key: str) -> str:
    """The value as text without NUL, which PostgreSQL does not store; empty if it is no text."""
    value = payload.get(key)
    return value.replace("\x00", "") if isinstance(value, str) else ""
