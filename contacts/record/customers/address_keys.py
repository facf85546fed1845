"""A normalised address as a key: its hash, and the customers who have it."""

import hmac

from sqlalchemy import Connection, select

from contacts.record.tables import Customer


def address_hash(signing_key: str, address: str) -> str:
    """HMAC-SHA256 in hex of a normalised address; the case of an e-mail address does not matter."""
    return hmac.digest(signing_key.encode(), address.lower().encode(), "sha256").hex()


def address_key(hashed: str) -> str:
    """The beginning of an address's hash: enough to see whether it is still the same."""
    return hashed[:16]


def link_key(hashed: str) -> str:
    """As `address_key`, for a link that has to be short: its signature keeps it from guessers."""
    return hashed[:8]


def customers_at(connection: Connection, channel: str, address: str) -> list[int]:
    """Every customer with this address, those still with us first; a phone may be shared."""
    here = Customer.phone == address if channel == "sms" else Customer.email_key == address
    ids = select(Customer.id).where(here).order_by(Customer.active.desc(), Customer.id.desc())
    return list(connection.execute(ids).scalars())
