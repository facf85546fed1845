"""A customer's answer: an e-mail as Inbound Parse posts it, or an SMS as Twilio does."""

import secrets
from collections.abc import Mapping
from email.utils import format_datetime, formataddr
from typing import Any

import orjson

from contacts.channels.rehearsal import ACCOUNT_SID
from contacts.channels.standin.book import Kept
from contacts.channels.standin.courier import Step
from contacts.channels.standin.state import Mouth, State

# Twilio's own list, which it keeps whatever we do: the whole message must be one of these words.
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"})
_START = frozenset({"START", "YES", "UNSTOP"})
_QUOTED_LINES = 12


class NoReply(Exception):
    """The answer cannot be given; the message says why."""


def reply(state: State, kept: Kept, text: str) -> str:
    """Let the customer of message `kept` answer `text`; give the id of the answer."""
    if state.mouth is None:
        raise NoReply("this stand-in was started without --webhooks, so no answer can arrive")
    if not text.strip():
        raise NoReply("an answer needs words")
    if kept.provider == "twilio":
        return _by_sms(state, state.mouth, kept, text)
    if not state.mouth.inbound_token:
        raise NoReply("TOUCHLINE_STANDIN_INBOUND is not set, so no e-mail can arrive")
    return _by_mail(state, state.mouth, kept, text)


def _by_sms(state: State, mouth: Mouth, kept: Kept, text: str) -> str:
    _keep_list(state, kept, text.strip().upper())
    sid = f"SM{secrets.token_hex(16)}"
    fields = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": text,
        "From": kept.to,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": kept.sender,
        "ToCountry": "US",
    }
    letter = mouth.teller.sms_letter("/webhooks/twilio/inbound", fields)
    mouth.courier.tell([Step(kept.id, "reply", {"words": text}, letter=letter)])
    return sid


def _keep_list(state: State, kept: Kept, word: str) -> None:
    change = "opted_out" if word in _STOP else "opted_in" if word in _START else None
    if change is not None:
        at = state.clock.now().isoformat()
        state.book.tell({"at": at, "id": kept.id, "event": change, change: kept.to})


def _by_mail(state: State, mouth: Mouth, kept: Kept, text: str) -> str:
    request = state.book.words_of(kept)["request"]
    to = request.get("reply_to", request["from"])["email"]
    message_id = f"<{secrets.token_hex(12)}@mail.example>"
    sender = formataddr((kept.to_name, kept.to), charset="utf-8")
    subject = f"Re: {kept.subject}"
    headers = {
        "Message-ID": message_id,
        "In-Reply-To": f"<{kept.id}@geopod-ismtpd-0>",
        "Date": format_datetime(state.clock.now()),
        "From": sender,
        "To": to,
        "Subject": subject,
    }
    fields = {
        "headers": "".join(f"{name}: {value}\n" for name, value in headers.items()),
        "dkim": "{@mail.example : pass}",
        "to": to,
        "from": sender,
        "text": f"{text}\n\n{_history(kept, request)}",
        "sender_ip": "192.0.2.1",
        "envelope": orjson.dumps({"to": [to], "from": kept.to}).decode(),
        "attachments": "0",
        "subject": subject,
        "charsets": orjson.dumps(
            dict.fromkeys(("to", "from", "subject", "text"), "UTF-8")
        ).decode(),
        "SPF": "pass",
    }
    letter = mouth.teller.mail_letter(mouth.inbound_token, *_multipart(fields))
    mouth.courier.tell([Step(kept.id, "reply", {"words": text}, letter=letter)])
    return message_id


def _history(kept: Kept, request: Mapping[str, Any]) -> str:
    """The message answered, quoted as mail programs quote it."""
    words = next(part["value"] for part in request["content"])
    quoted = "".join(f"> {line}\n" for line in words.splitlines()[:_QUOTED_LINES])
    return f"On {kept.at:%a, %b %d, %Y at %H:%M} <{kept.sender}> wrote:\n{quoted}"


def _multipart(fields: Mapping[str, str]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body = f"{''.join(parts)}--{boundary}--\r\n".encode("utf-8", "replace")
    return body, f"multipart/form-data; boundary={boundary}"
