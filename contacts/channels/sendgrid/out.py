"""E-mail out: one `POST /v3/mail/send` a message, and what SendGrid's answer means."""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from sendgrid.helpers.mail import (
    ApiKeyIncludedException,
    ClickTracking,
    CustomArg,
    From,
    Mail,
    OpenTracking,
    SubscriptionTracking,
    To,
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
    """The request's JSON, as the SDK makes it."""
    mail = Mail(
        from_email=_fill(From(), message.sender, message.sender_name),
        to_emails=_fill(To(), message.to, message.to_name),
        subject=_one_line(message.subject),
        # An empty content is refused as a whole, so it is left out.
        plain_text_content=message.text or None,
        html_content=message.html or None,
    )
    mail.personalizations[0].add_custom_arg(CustomArg("attempt_id", message.attempt_id))
    request: dict[str, Any] = mail.get()
    # What has no form of its own is put in as it is: the SDK's objects for it cost as much as all.
    request |= {"categories": [message.category], "tracking_settings": _NO_TRACKING}
    if message.reply_to:
        request["reply_to"] = {"email": _one_line(message.reply_to)}
    if message.headers:
        request["headers"] = {name: _one_line(value) for name, value in message.headers.items()}
    return request


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


def _fill(address: Any, email: str, name: str) -> Any:
    # Set one by one: the constructors parse an address without a name, and may change it.
    address.email = email
    if cleaned := _UNFIT_FOR_NAME.sub(" ", name).strip():
        address.name = cleaned
    return address


def _one_line(value: str) -> str:
    return _UNPRINTABLE.sub(" ", value).strip()


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


# Opens and clicks are personal data and stay off; unsubscribing is ours (RFC 8058 headers, footer).
_NO_TRACKING = TrackingSettings(
    ClickTracking(enable=False, enable_text=False),
    OpenTracking(enable=False),
    SubscriptionTracking(enable=False),
).get()
