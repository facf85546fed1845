"""A mail as Inbound Parse posts it, whole (raw MIME) or taken apart by SendGrid."""

import email
import email.policy
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, cast

import orjson

_HEADER = re.compile(r"^([A-Za-z-]+):[ \t]*(.*(?:\r?\n[ \t]+.*)*)", re.MULTILINE)
# Where mail programs begin the history in HTML, whose text shows no sign of it.
_HISTORY = re.compile(
    r"<blockquote\b|<[a-z][^<>]{0,200}\b(?:class=\"?(?:gmail_quote|yahoo_quoted|moz-cite-prefix"
    r"|protonmail_quote)|id=\"?(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message))",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"<[^<>]*>|\s|&nbsp;")
_BODY = re.compile(r"<body\b", re.IGNORECASE)
# An answer stands at the top of the body; of the rest a stranger may send 30 MB.
_LONGEST_HTML, _LONGEST_HEADER, _LONGEST_OF_A_PART = 200_000, 2_000, 500
_MOST_SIGNS = 40
"""Of one kind in a header; the parsers go a call deeper at each bracket and are slow at quotes."""


@dataclass(frozen=True, slots=True)
class Received:
    sender: str
    recipients: str
    subject: str
    words: str
    headers: Mapping[str, str]
    """By their names in lower case."""
    null_sender: bool
    """Whether no answer to it may be sent: a delivery report, or another machine's answer."""

    @property
    def message_id(self) -> str:
        return self.headers.get("message-id", "")


class _Brief(email.policy.EmailPolicy):
    """The standard policy; its parsers take the square of a long header's length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        is_of_a_part = name.lower().startswith("content-")  # a mail may have many
        return name, _brief(value)[: _LONGEST_OF_A_PART if is_of_a_part else None]


def received(form: Mapping[str, Any]) -> Received:
    """The mail in a posted form."""
    raw = form.get("email")
    return _whole(raw) if isinstance(raw, str | bytes) else _in_parts(form)


def _whole(raw: str | bytes) -> Received:
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogateescape")
    # The policy makes an EmailMessage; the types of the library know that of its own alone.
    message = cast("EmailMessage", email.message_from_bytes(raw, policy=_Brief()))
    headers = {name.lower(): _clean(value).strip() for name, value in message.raw_items()}
    return Received(
        sender=_header(message, "From"),
        recipients=" ".join(
            _header(message, name) for name in ("To", "Cc", "Delivered-To", "X-Original-To")
        ),
        subject=_header(message, "Subject"),
        words=_words_of(message),
        headers=headers | {"message-id": _header(message, "Message-ID")},
        null_sender=headers.get("return-path", "").strip() == "<>",
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
    """The text of a mail in HTML alone, up to the history if something stands above it."""
    # With lxml behind it 8 MB, which a process that only sends does without.
    from inscriptis import get_text

    body = _BODY.search(html)
    begins = body.start() if body else 0
    html = html[begins : begins + _LONGEST_HTML]
    history = _HISTORY.search(html)
    if history and _SIGNS.sub("", html[: history.start()].rpartition("<body")[2].partition(">")[2]):
        html = html[: history.start()]
    text: str = get_text(html)
    return text


def _header(message: EmailMessage, name: str) -> str:
    try:
        return _clean(message.get(name, ""))
    except (ValueError, LookupError, AttributeError):  # the standard parser gives up on it
        return ""


def _in_parts(form: Mapping[str, Any]) -> Received:
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
    sender = _field(form, "from", charsets) or str(envelope.get("from") or "")
    envelope_to = " ".join(str(address) for address in to) if isinstance(to, list) else ""
    return Received(
        sender=_brief(sender),
        recipients=f"{envelope_to} {_field(form, 'to', charsets)} {_field(form, 'cc', charsets)}",
        subject=_field(form, "subject", charsets),
        words=text,
        headers=headers,
        null_sender=envelope.get("from") in ("", "<>") or headers.get("return-path") == "<>",
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


def _brief(header: str) -> str:
    header = header[:_LONGEST_HEADER]
    for sign in ("(", '"'):
        if header.count(sign) > _MOST_SIGNS:
            header = header.replace(sign, " ")
    return header


def _object(value: Any) -> dict[str, Any]:
    try:
        parsed = orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _clean(value: Any) -> str:
    """Text that any database can keep: no NUL, no half characters."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
