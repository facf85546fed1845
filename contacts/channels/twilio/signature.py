"""Whether a request comes from Twilio: HMAC over the address we told it and every field posted."""

from collections.abc import Iterable

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from contacts.channels.incoming import SignatureError


def verify(
    auth_token: str, url: str, fields: Iterable[tuple[str, str]], signature: str | None
) -> None:
    """Raise SignatureError, and nothing else, unless Twilio signed `fields` for `url`.

    `url` is our configured public address with the query as it came, never one made of the
    request's Host. `fields` are all pairs of the form, repeated and empty ones too.
    """
    if not signature:
        raise SignatureError("the signature is missing")
    if not auth_token:
        raise SignatureError("no signature can be checked: twilio_auth_token is not set")
    try:
        holds = RequestValidator(auth_token).validate(url, MultiDict(fields), signature)
    except (ValueError, TypeError, AttributeError):  # an address or field that it cannot read
        holds = False
    if not holds:
        raise SignatureError("the signature does not fit the address and the fields")
