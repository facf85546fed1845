"""The signed links that customers get: made by delivery, read by the web pages.

A link never expires and names a customer by number, never by address. It is short, because in an
SMS every character counts.
"""

from functools import lru_cache
from typing import Literal, cast

from itsdangerous import BadSignature, Signer

from contacts.settings import Settings

LinkChannel = Literal["email", "sms"]
_CHANNELS = ("email", "sms")
_LONGEST_TOKEN = 64


def unsubscribe_url(settings: Settings, customer_id: int, channel: LinkChannel) -> str:
    """The address under which this customer stops this channel."""
    token = unsubscribe_token(settings.signing_key, customer_id, channel)
    return f"{settings.public_url.rstrip('/')}/u/{token}"


def unsubscribe_token(signing_key: str, customer_id: int, channel: LinkChannel) -> str:
    return _signer(signing_key).sign(f"{customer_id}-{channel}").decode("ascii")


def read_unsubscribe(signing_key: str, token: str) -> tuple[int, LinkChannel] | None:
    """The customer and channel of a token, or None for one that we did not make."""
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    try:
        said = _signer(signing_key).unsign(token).decode("ascii")
    except BadSignature:
        return None
    number, _, channel = said.partition("-")
    if not number.isdigit() or channel not in _CHANNELS:
        return None
    customer_id, known = int(number), cast("LinkChannel", channel)
    # Base64 leaves two bits of its last character unused, so a changed one may still verify.
    if unsubscribe_token(signing_key, customer_id, known) != token:
        return None
    return customer_id, known


@lru_cache(maxsize=8)
def _signer(signing_key: str) -> Signer:
    salt = "touchline.unsubscribe"
    derived = Signer(signing_key, salt=salt).derive_key()  # once, instead of at every link
    return Signer(derived, salt=salt, key_derivation="none")
