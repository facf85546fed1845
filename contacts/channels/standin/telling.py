"""What happens to an accepted message, by its address, and the signed requests that tell it."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from multidict import MultiDict
from sendgrid.helpers.eventwebhook import EventWebhookHeader
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from contacts.channels.rehearsal import ACCOUNT_SID, SigningKeys
from contacts.channels.standin.book import Kept
from contacts.channels.standin.clock import Clock
from contacts.channels.standin.courier import Letter, Step

# By the start of the local part: what follows `processed`, with the fields of a real event.
_MAIL_ENDS: tuple[tuple[str, list[dict[str, str]]], ...] = (
    ("bounce", [{"event": "bounce", "type": "bounce", "status": "5.1.1",
                 "reason": "550 5.1.1 The email account that you tried to reach does not exist"}]),
    ("block", [{"event": "bounce", "type": "blocked", "status": "4.7.0",
                "reason": "451 4.7.0 Temporarily rejected, try again later"}]),
    ("spam", [{"event": "delivered", "response": "250 OK"}, {"event": "spamreport"}]),
    ("defer", [{"event": "deferred", "response": "451 4.2.1 The mailbox is busy", "attempt": "1"},
               {"event": "delivered", "response": "250 OK"}]),
)  # fmt: skip
_DELIVERED = [{"event": "delivered", "response": "250 OK"}]
_DROPPED = [{"event": "dropped", "reason": "Bounced Address", "status": "5.0.0"}]

# By number: Twilio's magic ones fail at once, so those that fail later are the stand-in's own.
_SMS_ENDS = {
    "+15005550030": ("undelivered", "30003"),  # handset unreachable
    "+15005550031": ("undelivered", "30005"),  # unknown number
    "+15005550032": ("undelivered", "30006"),  # landline
    "+15005550033": ("undelivered", "30007"),  # filtered as spam
    "+15005550034": ("failed", "30034"),  # sender not registered
}


class Teller:
    """Makes the steps of a message and signs what is posted about it."""

    def __init__(self, keys: SigningKeys, clock: Clock, webhooks_url: str) -> None:
        key = load_pem_private_key(keys.private_pem, password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("the stand-in signs with a P-256 key")
        self._key = key
        self._validator = RequestValidator(keys.twilio_token)
        self._clock = clock
        self.webhooks_url = webhooks_url.rstrip("/")

    def mail_steps(self, kept: Kept, categories: list[str]) -> list[Step]:
        """The events of an accepted mail."""
        return [self._mail_step(kept, categories, fields) for fields in _mail_course(kept.to)]

    def sms_steps(self, kept: Kept, callback: str, outcome: tuple[str, str] | None) -> list[Step]:
        """The callbacks of an accepted SMS; `outcome` is its chosen end, a status and a code.

        As with Twilio, none tells of the first status.
        """
        last, code = outcome or _SMS_ENDS.get(kept.to, ("delivered", ""))
        course = ["sent", last] if last != "failed" else [last]
        if kept.status == "accepted":  # a Messaging Service picks the sender, then queues
            course.insert(0, "queued")
        return [self._sms_step(kept, callback, status, code) for status in course]

    def pack(self, events: list[dict[str, Any]]) -> Letter:
        """A signed batch for the event webhook, with the time at which it leaves."""
        now = int(self._clock.now().timestamp())
        body = orjson.dumps([event | {"timestamp": now} for event in events])
        signature = self._key.sign(b"%d" % now + body, ECDSA(SHA256()))
        headers = {
            "Content-Type": "application/json",
            EventWebhookHeader.SIGNATURE: base64.b64encode(signature).decode("ascii"),
            EventWebhookHeader.TIMESTAMP: str(now),
        }
        return Letter(f"{self.webhooks_url}/webhooks/sendgrid/events", body, headers)

    def sms_letter(self, path_or_url: str, fields: dict[str, str]) -> Letter:
        """A signed form to one of our paths, or to the address that a request gave."""
        url = self.webhooks_url + path_or_url if path_or_url.startswith("/") else path_or_url
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            SIGNATURE_HEADER: self._validator.compute_signature(url, MultiDict(fields)),
        }
        return Letter(url, urlencode(fields).encode("ascii"), headers)

    def mail_letter(self, token: str, body: bytes, content_type: str) -> Letter:
        """A reply for Inbound Parse, which is not signed: its address is the secret."""
        url = f"{self.webhooks_url}/webhooks/sendgrid/inbound/{token}"
        return Letter(url, body, {"Content-Type": content_type})

    def _mail_step(self, kept: Kept, categories: list[str], fields: dict[str, str]) -> Step:
        event = {
            "email": kept.to,
            "smtp-id": f"<{kept.id}@geopod-ismtpd-0>",
            "category": categories,
            "sg_event_id": base64.urlsafe_b64encode(
                hashlib.sha256(f"{kept.id} {fields['event']}".encode()).digest()[:16]
            ).decode("ascii"),
            "sg_message_id": f"{kept.id}.recvd-5f54b5d587-0-1-0.0",
            "attempt_id": kept.attempt_id,
            **fields,
        }
        return Step(kept.id, fields["event"], {"status": fields["event"]}, event=event)

    def _sms_step(self, kept: Kept, callback: str, status: str, code: str) -> Step:
        fields = {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "From": kept.sender,
            "MessageSid": kept.id,
            "MessageStatus": status,
            "SmsSid": kept.id,
            "SmsStatus": status,
            "To": kept.to,
        }
        note = {"status": status}
        if code and status in ("undelivered", "failed"):
            fields["ErrorCode"] = note["error_code"] = code
        return Step(kept.id, status, note, letter=self.sms_letter(callback, fields))


def _mail_course(address: str) -> Iterable[dict[str, str]]:
    local = address.casefold()
    if local.startswith("drop"):
        return _DROPPED  # SendGrid did not even try: nothing was processed
    for start, end in _MAIL_ENDS:
        if local.startswith(start):
            return [{"event": "processed"}, *end]
    return [{"event": "processed"}, *_DELIVERED]
