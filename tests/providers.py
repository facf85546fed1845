"""Webhook requests, made and signed as the providers do."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastapi.testclient import TestClient
from httpx import Response
from twilio.request_validator import RequestValidator

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.settings import Settings

EVENTS = "/webhooks/sendgrid/events"
STATUS = "/webhooks/twilio/status"
INBOUND = "/webhooks/twilio/inbound"
SID = "SM" + "0" * 31


def sendgrid_headers(settings: Settings, body: bytes, *, at: datetime) -> dict[str, str]:
    """The headers of the signed event webhook for exactly this body."""
    pem = signing_keys(standin_folder(settings.state)).private_pem
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def post_events(
    client: TestClient, settings: Settings, events: Sequence[Mapping[str, Any]], *, at: datetime
) -> Response:
    """What SendGrid's event webhook posts."""
    body = json.dumps(events).encode()
    return client.post(EVENTS, content=body, headers=sendgrid_headers(settings, body, at=at))


def post_twilio(
    client: TestClient,
    settings: Settings,
    path: str,
    form: Mapping[str, str],
    *,
    token: str | None = None,
) -> Response:
    """What Twilio posts; signed with another token where one is given."""
    token = token or signing_keys(standin_folder(settings.state)).twilio_token
    url = f"{settings.webhook_url}{path}"
    return client.post(
        path,
        content=urlencode(form),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form)),
        },
    )
