"""Twilio's forms in: what became of an SMS, and what a customer sent us."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contacts.channels.incoming import EventKind, IncomingEvent, PayloadError
from contacts.channels.keywords import (
    Asked,
    classify,
    is_automatic_sms,
    names_another_channel,
    wants_an_answer,
)

WORDS = {
    "accepted": EventKind.ACCEPTED,
    "scheduled": EventKind.ACCEPTED,
    "queued": EventKind.ACCEPTED,
    "sending": EventKind.ACCEPTED,
    "sent": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.DELIVERED,
    "undelivered": EventKind.UNDELIVERED,
    "failed": EventKind.DROPPED,
    "canceled": EventKind.DROPPED,
}
# What a code says beyond the status word; any other code leaves the word as it is.
CODES = {
    "21610": EventKind.OPTED_OUT,
    "21211": EventKind.BOUNCED,  # no valid number
    "21614": EventKind.BOUNCED,  # not a mobile number
    "30005": EventKind.BOUNCED,  # unknown number
    "30006": EventKind.BOUNCED,  # landline
}
_FAILED = frozenset({EventKind.UNDELIVERED, EventKind.DROPPED})
_ASKED = {
    Asked.OPT_OUT: EventKind.OPTED_OUT,
    Asked.OPT_IN: EventKind.OPTED_IN,
    Asked.HELP: EventKind.HELP,
}
# Twilio's own verdict, sent where Advanced Opt-Out is on; it knows more languages than we do.
_OPT_OUT_TYPES = {
    "STOP": EventKind.OPTED_OUT,
    "START": EventKind.OPTED_IN,
    "HELP": EventKind.HELP,
}
_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}", re.ASCII)
_ATTEMPT_ID = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)


def parse_status(
    query: Mapping[str, str], form: Mapping[str, Any], *, now: datetime
) -> IncomingEvent:
    """A status callback; the attempt is in its query. Raise PayloadError if it names no message."""
    sid, status, code = _sid(form), _text(form, "MessageStatus"), _text(form, "ErrorCode")
    kind = WORDS.get(status, EventKind.UNKNOWN)
    if kind in _FAILED:
        kind = CODES.get(code, kind)
    attempt = query.get("attempt", "")
    return IncomingEvent(
        provider="twilio",
        # A message passes each status once, so both together tell repeats apart.
        event_id=f"{sid}:{status}"[:128],
        kind=kind,
        channel="sms",
        occurred_at=now,
        attempt_id=attempt if _ATTEMPT_ID.fullmatch(attempt) else None,
        address=_text(form, "To") or None,
        provider_id=sid,
        detail=f"{status} {code} {_text(form, 'ErrorMessage')}".strip() if code else status,
        payload=_payload(form),
    )


def parse_inbound(form: Mapping[str, Any], *, now: datetime) -> IncomingEvent:
    """A customer's message. Raise PayloadError if it names no message or no sender."""
    sid, words, sender = _sid(form), _text(form, "Body"), _text(form, "From")
    if not sender:
        raise PayloadError("the form has no From")
    asked = classify(words)
    kind = _OPT_OUT_TYPES.get(_text(form, "OptOutType")) or _kind(words, asked)
    return IncomingEvent(
        provider="twilio",
        event_id=sid,
        kind=kind,
        channel="sms",
        occurred_at=now,
        address=sender,
        provider_id=sid,
        detail=words,
        unclear=_is_unclear(words, asked, kind),
        wants_answer=kind is EventKind.OPTED_OUT and wants_an_answer(words),
        payload=_payload(form),
    )


def _kind(words: str, asked: Asked) -> EventKind:
    if asked is not Asked.OPT_OUT and is_automatic_sms(words):
        return EventKind.AUTOMATIC
    return _ASKED.get(asked, EventKind.REPLIED)


def _is_unclear(words: str, asked: Asked, kind: EventKind) -> bool:
    """Whether a person must read it: also what stops SMS at once may mean e-mail as well."""
    if kind is EventKind.OPTED_OUT:
        return names_another_channel(words, "sms")
    return kind is EventKind.REPLIED and asked is Asked.REVIEW


def _sid(form: Mapping[str, Any]) -> str:
    sid = _text(form, "MessageSid") or _text(form, "SmsSid")
    if not _SID.fullmatch(sid):
        raise PayloadError("the form has no MessageSid of Twilio's form")
    return sid


def _payload(form: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _text(form, key) for key in form}


def _text(form: Mapping[str, Any], key: str) -> str:
    """The field as text that any database can keep; empty if it is missing or a file."""
    value = form.get(key)
    return value.replace("\x00", "") if isinstance(value, str) else ""
