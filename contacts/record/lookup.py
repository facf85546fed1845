"""Finds the customer that a person names, by id or e-mail address."""

from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Row, select

from contacts.record.addresses import normalise_email
from contacts.record.tables import Customer
from contacts.record.unknown import UnknownCustomer

__all__ = ["UnknownCustomer", "find_customer"]

_LONGEST_ID = 18  # digits; what a 64-bit key can hold
_LOOKED_THROUGH = 500


def find_customer(connection: Connection, key: str) -> Row[Any]:
    """The customer's row, with every column of `customers`."""
    key = key.strip()
    if key.isascii() and key.isdigit():
        return _by_id(connection, key)
    if "@" not in key:
        raise UnknownCustomer(f"'{key}' is neither a customer's id nor an e-mail address")
    found = connection.execute(
        select(Customer).where(Customer.email_key == _as_stored(key))
    ).one_or_none()
    if found is None:
        raise UnknownCustomer(f"no customer has the address {key}{_near(connection, key)}")
    return found


def customers_at(connection: Connection, channel: str, address: str) -> list[int]:
    """Every customer with this address, those still with us first; a phone may be shared."""
    here = Customer.phone == address if channel == "sms" else Customer.email_key == address
    ids = select(Customer.id).where(here).order_by(Customer.active.desc(), Customer.id.desc())
    return list(connection.execute(ids).scalars())


def _by_id(connection: Connection, key: str) -> Row[Any]:
    found: Row[Any] | None = None
    if len(key) <= _LONGEST_ID:
        found = connection.execute(select(Customer).where(Customer.id == int(key))).one_or_none()
    if found is None:
        raise UnknownCustomer(f"no customer has the id {key}; an e-mail address works as well")
    return found


def _as_stored(key: str) -> str:
    try:
        return normalise_email(key).lower()
    except ValueError:
        return key.lower()


def _near(connection: Connection, key: str) -> str:
    """The addresses that were perhaps meant, out of those that begin alike."""
    start = key.lower()[:2]
    end = start[:-1] + chr(ord(start[-1]) + 1)
    alike = connection.execute(
        select(Customer.email)
        .where(Customer.email_key >= start, Customer.email_key < end)
        .order_by(Customer.email_key)
        .limit(_LOOKED_THROUGH)
    ).scalars()
    near = get_close_matches(key, [email for email in alike if email], n=3, cutoff=0.75)
    return f"; did you mean {' or '.join(near)}?" if near else ""
