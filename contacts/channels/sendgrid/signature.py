"""Whether a request comes from SendGrid's signed event webhook, and is recent.

The signature is ECDSA over the timestamp followed by the raw body, with nothing between them: so
the timestamp must be ten digits exactly. A signature can be altered and still hold, so it never
serves to tell events apart.
"""

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sendgrid.helpers.eventwebhook import EventWebhookHeader

from contacts.channels.incoming import SignatureError

# SendGrid repeats for 24 hours and does not say that it signs anew each time.
WINDOW_SECONDS = 36 * 3600
_TIMESTAMP = re.compile(r"\d{10}", re.ASCII)


def verify(public_key: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raise SignatureError, and nothing else, unless SendGrid signed `body` within 36 hours."""
    signature = headers.get(EventWebhookHeader.SIGNATURE)
    timestamp = headers.get(EventWebhookHeader.TIMESTAMP)
    if not signature or not timestamp:
        raise SignatureError("the signature or its timestamp is missing")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError("the timestamp of the signature is not ten digits")
    try:
        _key(public_key).verify(
            base64.b64decode(signature, validate=True),
            timestamp.encode("ascii") + body,
            ECDSA(SHA256()),
        )
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature does not fit the body") from None
    age = now.timestamp() - int(timestamp)
    if age > WINDOW_SECONDS:
        raise SignatureError("the timestamp is too old")
    if age < -WINDOW_SECONDS:
        raise SignatureError("the timestamp lies in the future")


@lru_cache(maxsize=4)
def _key(public_key: str) -> EllipticCurvePublicKey:
    # With or without PEM's frame and line breaks, however it was pasted.
    bare = "".join(re.sub(r"-----[A-Z ]+-----", "", public_key).split())
    try:
        key = load_der_public_key(base64.b64decode(bare, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise SignatureError("no signature can be checked: sendgrid_webhook_key is not its key")
    return key
