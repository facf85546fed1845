"""Inbound Parse in: a customer's answer by e-mail, whole (raw MIME) or taken apart by SendGrid."""

import email
import email.policy
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import orjson

from contacts.channels.inbound import attempt_of
from contacts.channels.incoming import EventKind, IncomingEvent, PayloadError
from contacts.channels.keywords import Asked, classify
from contacts.channels.sendgrid.quoting import new_words

_LONGEST_ID, _LONGEST_WORDS = 128, 10_000
_HEADER = re.compile(r"^([A-Za-z-]+):[ \t]*(.*(?:\r?\n[ \t]+.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Mail:
    sender: str
    recipients: str
    subject: str
    words: str
    message_id: str
    automatic: bool  # an absence note or another machine's answer


def parse_inbound(form: Mapping[str, Any], *, now: datetime) -> IncomingEvent:
    """The reply in a posted form; its files may be left out. Raise PayloadError if it is no mail.

    A request to stop is OPTED_OUT; every other word of a person is REPLIED, for an owner to read. A
    machine's answer is UNKNOWN: nobody replied.
    """
    raw = form.get("email")
    mail = _whole(raw) if isinstance(raw, str | bytes) else _in_parts(form)
    sender = parseaddr(mail.sender)[1]
    if "@" not in sender:
        raise PayloadError("the mail names no sender")
    words = new_words(mail.words)[:_LONGEST_WORDS]
    asked = Asked.NONE if mail.automatic else classify(words, "email")
    return IncomingEvent(
        provider="sendgrid",
        event_id=_event_id(mail),
        kind=_kind(mail, asked),
        channel="email",
        occurred_at=now,
        attempt_id=attempt_of(mail.recipients),
        address=sender,
        detail=words or mail.subject,
        unclear=asked is Asked.REVIEW,
        payload={
            "from": mail.sender,
            "to": mail.recipients,
            "subject": mail.subject,
            "text": mail.words[:_LONGEST_WORDS],
            "message_id": mail.message_id,
            "automatic": mail.automatic,
        },
    )


def _kind(mail: _Mail, asked: Asked) -> EventKind:
    if mail.automatic:
        return EventKind.UNKNOWN
    return EventKind.OPTED_OUT if asked is Asked.OPT_OUT else EventKind.REPLIED


def _event_id(mail: _Mail) -> str:
    """The Message-ID, since Inbound Parse has no id of its own; else a hash of the mail."""
    if mail.message_id and len(mail.message_id) <= _LONGEST_ID:
        return mail.message_id
    whole = "\0".join((mail.message_id, mail.sender, mail.recipients, mail.subject, mail.words))
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()


def _whole(raw: str | bytes) -> _Mail:
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogateescape")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return _Mail(
        sender=_header(message, "From"),
        recipients=" ".join(
            _header(message, name) for name in ("To", "Cc", "Delivered-To", "X-Original-To")
        ),
        subject=_header(message, "Subject"),
        words=_words_of(message),
        message_id=_header(message, "Message-ID"),
        automatic=_is_automatic({name.lower(): _clean(value) for name, value in message.items()}),
    )


def _words_of(message: EmailMessage) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        content = "" if part is None else part.get_content()
    except (LookupError, ValueError, AttributeError):  # an unknown charset, a broken part
        return ""
    text = _clean(content)
    return _text_of(text) if part is not None and part.get_content_subtype() == "html" else text


def _text_of(html: str) -> str:
    # With lxml behind it 8 MB, which a process that only sends does without.
    from inscriptis import get_text

    text: str = get_text(html)
    return text


def _header(message: EmailMessage, name: str) -> str:
    try:
        return _clean(message.get(name, ""))
    except (
        ValueError,
        LookupError,
        AttributeError,
    ):  # a header that the standard parser gives up on
        return ""


def _in_parts(form: Mapping[str, Any]) -> _Mail:
    charsets = _object(form.get("charsets"))
    text = _field(form, "text", charsets)
    if not text.strip():
        html = _field(form, "html", charsets)
        text = _text_of(html) if html.strip() else ""
    headers = {
        name.lower(): value.strip()
        for name, value in _HEADER.findall(_field(form, "headers", charsets))
    }
    envelope = _object(form.get("envelope"))
    to = envelope.get("to")
    envelope_to = " ".join(str(address) for address in to) if isinstance(to, list) else ""
    return _Mail(
        sender=_field(form, "from", charsets) or str(envelope.get("from") or ""),
        recipients=f"{envelope_to} {_field(form, 'to', charsets)} {_field(form, 'cc', charsets)}",
        subject=_field(form, "subject", charsets),
        words=text,
        message_id=headers.get("message-id", ""),
        automatic=_is_automatic(headers),
    )


def _field(form: Mapping[str, Any], name: str, charsets: dict[str, Any]) -> str:
    """A field in the charset that SendGrid says it has; a form's own decoding knows UTF-8 only."""
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    charset = charsets.get(name)
    if isinstance(charset, str) and charset.lower() not in ("utf-8", "us-ascii"):
        with suppress(ValueError, LookupError):  # already decoded, or a charset unknown here
            value = value.encode("latin-1").decode(charset)
    return _clean(value)


def _object(value: Any) -> dict[str, Any]:
    try:
        parsed = orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _is_automatic(headers: Mapping[str, str]) -> bool:
    submitted = headers.get("auto-submitted", "no").lower()
    return (
        not submitted.startswith("no")
        or "x-autoreply" in headers
        or "x-autorespond" in headers
        or headers.get("precedence", "").lower() in ("auto_reply", "bulk", "junk")
    )


def _clean(value: Any) -> str:
    """Text that any database can keep: no NUL, no half characters."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
