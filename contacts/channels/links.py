"""The signed links that customers and owners get: made by delivery, read by the web pages.

Each kind has a salt of its own, so that no token is good for another page. A link never expires
(of one that confirms, the request does) and names a customer or a message by its id, never by
address. One that may give something back holds the beginning of its address's hash too, for the
customer may have another address by then, and their old number another owner. A link is short,
because in an SMS every character counts. It is signed with the first key of the ring, and good
under any of them.
"""

import hmac
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, cast

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from contacts.settings import Settings

LinkChannel = Literal["email", "sms"]
LinkKeys = tuple[str, ...]
"""The ring of keys, the one that signs first."""

_CHANNELS = ("email", "sms")
_LONGEST_TOKEN = 96
_UNSUBSCRIBE, _PREFERENCES, _VIEW, _CONFIRM = (
    "touchline.unsubscribe", "touchline.preferences", "touchline.view", "touchline.confirm",
)  # fmt: skip
_FOLLOWED = "touchline.followed"
_CALENDAR = "touchline.calendar"


def unsubscribe_url(settings: Settings, customer_id: int, channel: LinkChannel) -> str:
    """The address under which this customer stops this channel."""
    return _url(settings, "u", unsubscribe_token(settings.link_ring, customer_id, channel))


def preferences_url(
    settings: Settings, customer_id: int, channel: LinkChannel, *, address_key: str
) -> str:
    """The address of this customer's own choices, as a message on this channel has it."""
    token = preferences_token(settings.link_ring, customer_id, channel, address_key)
    return _url(settings, "p", token)


def view_url(settings: Settings, attempt_id: str) -> str:
    """The address under which the message of this attempt can be read in a browser."""
    return _url(settings, "v", view_token(settings.link_ring, attempt_id))


def confirm_url(settings: Settings, attempt_id: str, address_key: str) -> str:
    """The address under which whoever reads this attempt's mail confirms what was asked for."""
    return _url(settings, "c", confirm_token(settings.link_ring, attempt_id, address_key))


def followed_url(settings: Settings, attempt_id: str, number: int) -> str:
    """The address that leads to a link of this attempt's mail."""
    return _url(settings, "l", followed_token(settings.link_ring, attempt_id, number))


def calendar_url(settings: Settings, owner_id: int, number: int) -> str:
    """The address of an owner's open tasks, for a calendar program."""
    token = calendar_token(settings.link_ring, owner_id, number)
    return f"{_url(settings, 'calendar', token)}.ics"


def our_pages(settings: Settings) -> tuple[str, ...]:
    """How the addresses of the customers' own pages begin, which nobody is followed to."""
    return tuple(f"{settings.public_url.rstrip('/')}/{page}/" for page in "ucpvl")


def unsubscribe_token(keys: LinkKeys, customer_id: int, channel: LinkChannel) -> str:
    return _signed(keys, _UNSUBSCRIBE, f"{customer_id}-{channel}")


def preferences_token(
    keys: LinkKeys, customer_id: int, channel: LinkChannel, address_key: str = ""
) -> str:
    """Without the key of the address that it goes to it takes less, and gives nothing back."""
    said = f"{customer_id}-{channel}-{address_key}" if address_key else f"{customer_id}-{channel}"
    return _signed(keys, _PREFERENCES, said)


def view_token(keys: LinkKeys, attempt_id: str) -> str:
    return _signed(keys, _VIEW, attempt_id)


def confirm_token(keys: LinkKeys, attempt_id: str, address_key: str) -> str:
    return _signed(keys, _CONFIRM, f"{attempt_id}~{address_key}")


def followed_token(keys: LinkKeys, attempt_id: str, number: int) -> str:
    return _signed(keys, _FOLLOWED, f"{attempt_id}-{number}")


def calendar_token(keys: LinkKeys, owner_id: int, number: int) -> str:
    return _signed(keys, _CALENDAR, f"{owner_id}-{number}")


def read_calendar(keys: LinkKeys, token: str) -> tuple[int, int] | None:
    """The owner of a token and the number of their link; None for one that we did not make."""
    owner_id, _, number = (_read(keys, _CALENDAR, token) or "").partition("-")
    return (int(owner_id), int(number)) if owner_id.isdigit() and number.isdigit() else None


def read_followed(keys: LinkKeys, token: str) -> tuple[str, int] | None:
    """The attempt of a token and the number of its link; None for one that we did not make."""
    attempt_id, _, number = (_read(keys, _FOLLOWED, token) or "").rpartition("-")
    return (attempt_id, int(number)) if attempt_id and number.isdigit() else None


def read_unsubscribe(keys: LinkKeys, token: str) -> tuple[int, LinkChannel] | None:
    """The customer and channel of a token, or None for one that we did not make."""
    return _customer_and_channel(_read(keys, _UNSUBSCRIBE, token))


def read_preferences(keys: LinkKeys, token: str) -> tuple[int, LinkChannel, str] | None:
    """The customer of a token, the channel by which it went out, and the key of the address.

    The key is empty where the link does not tell; None for a token that we did not make.
    """
    number, _, rest = (_read(keys, _PREFERENCES, token) or "").partition("-")
    channel, _, address_key = rest.partition("-")
    link = _customer_and_channel(f"{number}-{channel}")
    return (*link, address_key) if link else None


def read_view(keys: LinkKeys, token: str) -> str | None:
    """The attempt of a token, or None for one that we did not make."""
    return _read(keys, _VIEW, token)


def read_confirm(keys: LinkKeys, token: str) -> tuple[str, str] | None:
    """The attempt of a token, and the key of the address it went to; None if not ours."""
    attempt_id, _, address_key = (_read(keys, _CONFIRM, token) or "").partition("~")
    return (attempt_id, address_key) if address_key else None


def _url(settings: Settings, page: str, token: str) -> str:
    return f"{settings.public_url.rstrip('/')}/{page}/{token}"


def _customer_and_channel(said: str | None) -> tuple[int, LinkChannel] | None:
    number, _, channel = (said or "").partition("-")
    if not number.isdigit() or channel not in _CHANNELS:
        return None
    return int(number), cast("LinkChannel", channel)


def _signed(keys: LinkKeys, salt: str, said: str) -> str:
    return _signer(keys, salt).sign(said).decode("ascii")


def _read(keys: LinkKeys, salt: str, token: str) -> str | None:
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    try:
        said = _signer(keys, salt).unsign(token).decode("ascii")
    except BadSignature:
        return None
    # Base64 leaves two bits of its last character unused, so a changed one may still verify.
    mark = token.rpartition(".")[2]
    return said if base64_encode(base64_decode(mark)).decode("ascii") == mark else None


@lru_cache(maxsize=32)
def _signer(keys: LinkKeys, salt: str) -> Signer:
    # Each key derived once, instead of at every link; the last one is that which signs.
    derived = [Signer(key, salt=salt).derive_key() for key in reversed(keys)]
    return Signer(derived, salt=salt, key_derivation="none", algorithm=_Begun(derived))


class _Begun(SigningAlgorithm):
    """HMAC-SHA1, as itsdangerous has it, begun once for each key: that is half of a signature."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._begun = {key: hmac.new(key, digestmod="sha1") for key in keys}

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        one = self._begun[key].copy()
        one.update(value)
        return one.digest()
