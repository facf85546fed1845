"""SMS out: one `POST …/Messages.json` a message, and what Twilio's answer means."""

import re
from base64 import b64encode
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import orjson

from contacts.channels.outgoing import Answer, OutgoingSms, Receipt, provider_mark
from contacts.channels.wire import Poster, Reply, WireFailure

_REFUSED = frozenset({400, 404, 405, 406, 410, 413, 414, 415, 422, 431})
_CLOSED = frozenset({401, 403})
# Codes are hints beside the HTTP status: Twilio changes them, so an unknown one says nothing.
_CLOSING_CODES = frozenset(
    {
        "20003",  # wrong account or token
        "20005",  # the account is not active
        "21212",  # the sender is no number of ours
        "21659",  # … nor a short code
        "21660",  # the sender belongs to another account
        "30002",  # the account is suspended
    }
)
_RETRY_CODES = frozenset({"20429", "21611"})  # too many requests; the sender's queue is full
_OPTED_OUT = "21610"
_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_LONGEST_WAIT = 24 * 3600.0


class Twilio:
    """The way out of SMS, as `outgoing.Sender` describes it."""

    def __init__(
        self,
        wire: Poster,
        *,
        account_sid: str,
        auth_token: str,
        base_url: str,
        sender: str,
        status_url: str,
    ) -> None:
        self._wire = wire
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._sketch = _Sketch()
        self._account_sid = account_sid
        self._from = _sender_argument(sender)
        self._status_url = status_url
        credentials = b64encode(f"{account_sid}:{auth_token}".encode()).decode("ascii")
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": "touchline",
        }

    async def send(self, message: OutgoingSms) -> Receipt:
        try:
            body = urlencode(self._form_of(message), doseq=True).encode("ascii")
        except UnicodeEncodeError:  # a half character that no UTF-8 can carry
            return Receipt(Answer.REFUSED, code="unsendable")
        reply = await self._wire.post(self._url, body, self._headers)
        return reply.receipt() if isinstance(reply, WireFailure) else receipt_of(reply)

    @cached_property
    def _messages(self) -> Any:
        # The SDK takes 13 MB and a third of a second; whoever sends mail alone is spared them.
        from twilio.rest.api.v2010.account.message import MessageList

        return MessageList(self._sketch, self._account_sid)

    def _form_of(self, message: OutgoingSms) -> dict[str, Any]:
        self._messages.create(
            to=message.to,
            body=message.body,
            # Twilio signs the query with the rest, so the mark in it is as good as one of its own.
            status_callback=f"{self._status_url}?attempt={message.attempt_id}",
            validity_period=message.valid_seconds,
            smart_encoded=True,
            **self._from,
        )
        return self._sketch.form


class _Sketch:
    """Stands where the SDK would post (its `Version`), and keeps the form that it made."""

    def __init__(self) -> None:
        self.form: dict[str, Any] = {}

    def create_with_response_info(  # noqa: PLR0913  # the SDK's own signature
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = False,
    ) -> tuple[dict[str, Any], int, dict[str, str]]:
        self.form = data
        return {}, 201, {}


def receipt_of(reply: Reply) -> Receipt:
    status, said = reply.status, _object(reply.body)
    if status == 201:
        if sid := provider_mark(said.get("sid")):
            return Receipt(Answer.ACCEPTED, sid, status)
        return Receipt(Answer.UNKNOWN, http_status=status, code="201 unreadable")
    code = (provider_mark(str(said.get("code") or "")) or str(status))[:32]
    if status == 429 or (status in _REFUSED and code in _RETRY_CODES):
        return Receipt(Answer.RETRY, http_status=status, code=code, retry_after=_wait_of(reply))
    if status in _CLOSED or (status in _REFUSED and code in _CLOSING_CODES):
        return Receipt(Answer.CLOSED, http_status=status, code=code)
    if status in _REFUSED:
        return Receipt(Answer.REFUSED, http_status=status, code=code, opted_out=code == _OPTED_OUT)
    return Receipt(Answer.UNKNOWN, http_status=status, code=code)


def _sender_argument(sender: str) -> dict[str, str]:
    name = "messaging_service_sid" if _SERVICE_SID.fullmatch(sender) else "from_"
    return {name: sender}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _wait_of(reply: Reply) -> float | None:
    seconds = reply.headers.get("Retry-After", "")
    return min(float(seconds), _LONGEST_WAIT) if seconds.isdecimal() else None
