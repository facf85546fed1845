"""What both directions of e-mail share about replies: the mark in their address, the posting token.

SendGrid does not sign what Inbound Parse posts, so a secret in its address stands for a signature.
"""

import hashlib
import hmac
import re

_MARKED = re.compile(r"\breply\+([0-9A-Za-z-]{1,36})@", re.ASCII)


def inbound_token(signing_key: str) -> str:
    """The last part of `/webhooks/sendgrid/inbound/{token}` for the holder of `signing_key`."""
    digest = hmac.new(signing_key.encode(), b"touchline.inbound-parse", hashlib.sha256)
    return digest.hexdigest()[:40]


def attempt_of(addresses: str) -> str | None:
    """The attempt whose mark is in one of these addresses."""
    found = _MARKED.search(addresses)
    return found[1] if found else None
