"""E-mail out: one `POST /v3/mail/send` a message, and what SendGrid's answer means."""

import re
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import orjson
from sendgrid.helpers.mail import (
    ApiKeyIncludedException,
    Category,
    ClickTracking,
    Content,
    From,
    Mail,
    MimeType,
    OpenTracking,
    SubscriptionTracking,
    TrackingSettings,
)

from contacts.channels.outgoing import Answer, OutgoingEmail, Receipt, provider_mark
from contacts.channels.wire import Poster, Reply, WireFailure

_REFUSED = frozenset({400, 404, 405, 406, 410, 413, 414, 415, 422, 431})
_CLOSED = frozenset({401, 403})
_LONGEST_WAIT = 24 * 3600.0
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")
# SendGrid refuses ';' and ',' in the name of a recipient.
_UNFIT_FOR_NAME = re.compile(r"[\x00-\x1f\x7f;,\s]+")


class SendGrid:
    """The way out of e-mail, as `outgoing.Sender` describes it."""

    def __init__(self, wire: Poster, *, api_key: str, base_url: str) -> None:
        self._wire = wire
        self._url = f"{base_url.rstrip('/')}/v3/mail/send"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "touchline",
        }

    async def send(self, message: OutgoingEmail) -> Receipt:
        try:
            body = orjson.dumps(request_of(message))
        except (ApiKeyIncludedException, TypeError):  # a half character that no UTF-8 can carry
            return Receipt(Answer.REFUSED, code="unsendable")
        reply = await self._wire.post(self._url, body, self._headers)
        return reply.receipt() if isinstance(reply, WireFailure) else receipt_of(reply)


def request_of(message: OutgoingEmail) -> dict[str, Any]:
    """The request's JSON: the SDK's, with the recipient written in plainly.

    The SDK's objects for a recipient cost more than the rest of the request together; a test holds
    what is written against theirs.
    """
    to = {"email": message.to}
    if name := _fit_for_name(message.to_name):
        to["name"] = name
    request = _envelope(
        message.sender, message.sender_name, message.category, message.follow_opens
    ) | {
        "personalizations": [{"to": [to], "custom_args": {"attempt_id": message.attempt_id}}],
        "subject": _one_line(message.subject),
        # An empty content is refused as a whole, so it is left out.
        "content": [
            Content(kind, words).get()
            for kind, words in ((MimeType.text, message.text), (MimeType.html, message.html))
            if words
        ],
    }
    if message.reply_to:
        request["reply_to"] = {"email": _one_line(message.reply_to)}
    if message.headers:
        request["headers"] = {name: _one_line(value) for name, value in message.headers.items()}
    return request


@lru_cache(maxsize=256)
def _envelope(sender: str, sender_name: str, category: str, follow_opens: bool) -> dict[str, Any]:
    """What all messages of a cadence have alike; callers add to a copy."""
    mail = Mail(from_email=From())
    # Set one by one: the constructor parses an address without a name, and may change it.
    mail.from_email.email = sender
    if name := _fit_for_name(sender_name):
        mail.from_email.name = name
    mail.category = Category(category)
    # Clicks are followed by our own links, and opens only where the settings and the customer let
    # us; unsubscribing is ours (RFC 8058, footer).
    mail.tracking_settings = TrackingSettings(
        ClickTracking(enable=False, enable_text=False),
        OpenTracking(enable=follow_opens),
        SubscriptionTracking(enable=False),
    )
    envelope: dict[str, Any] = mail.get()
    return envelope


def receipt_of(reply: Reply) -> Receipt:
    status = reply.status
    if status == 202:
        return Receipt(Answer.ACCEPTED, provider_mark(reply.headers.get("X-Message-Id")), status)
    if status == 429:
        return Receipt(Answer.RETRY, http_status=status, code="429", retry_after=_wait_of(reply))
    if status in _CLOSED:
        return Receipt(Answer.CLOSED, http_status=status, code=str(status))
    if status in _REFUSED:
        return Receipt(Answer.REFUSED, http_status=status, code=_field_at_fault(reply))
    return Receipt(Answer.UNKNOWN, http_status=status, code=str(status))


def _fit_for_name(name: str) -> str:
    return _UNFIT_FOR_NAME.sub(" ", name).strip()


def _one_line(value: str) -> str:
    return value.strip() if value.isprintable() else _UNPRINTABLE.sub(" ", value).strip()


def _wait_of(reply: Reply) -> float | None:
    """Seconds until the limit opens, by the provider's own clock."""
    reset = reply.headers.get("X-RateLimit-Reset") or reply.headers.get("Retry-After") or ""
    if not reset.isdecimal():
        return None
    seconds = float(reset)
    if seconds > 1e9:  # an instant in Unix seconds, not a span
        try:
            seconds -= parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _field_at_fault(reply: Reply) -> str:
    """`400 subject`: the status, and the field that SendGrid names first."""
    try:
        field = orjson.loads(reply.body)["errors"][0]["field"]
    except (ValueError, LookupError, TypeError):
        field = None
    known = provider_mark(field)
    return f"{reply.status} {known}"[:32] if known else str(reply.status)
