"""Finds the customer that a person names, by id or e-mail address."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from contacts.record.customers.addresses import normalise_email
from contacts.record.customers.likeness import addressed_like, did_you_mean, named_like
from contacts.record.errors import UnknownCustomer
from contacts.record.tables import Customer

__all__ = ["UnknownCustomer", "find_customer"]

_LONGEST_ID = 18  # digits; what a 64-bit key can hold


def find_customer(connection: Connection, key: str) -> Row[Any]:
    """The customer's row, with every column of `customers`; UnknownCustomer names who is near."""
    key = key.strip()
    if key.isascii() and key.isdigit():
        return _by_id(connection, key)
    if "@" not in key:
        hint = did_you_mean(named_like(connection, key))
        raise UnknownCustomer(f"'{key}' is neither a customer's id nor an e-mail address{hint}")
    found = connection.execute(
        select(Customer).where(Customer.email_key == _as_stored(key))
    ).one_or_none()
    if found is None:
        hint = did_you_mean(addressed_like(connection, key))
        raise UnknownCustomer(f"no customer has the address {key}{hint}")
    return found


def _by_id(connection: Connection, key: str) -> Row[Any]:
    found: Row[Any] | None = None
    if len(key) <= _LONGEST_ID:
        found = connection.execute(select(Customer).where(Customer.id == int(key))).one_or_none()
    if found is None:
        highest = connection.execute(select(func.max(Customer.id))).scalar()
        hint = f"the ids go up to {highest}" if highest else "the record has no customers yet"
        raise UnknownCustomer(f"no customer has the id {key}; {hint}")
    return found


def _as_stored(key: str) -> str:
    try:
        return normalise_email(key).lower()
    except ValueError:
        return key.lower()
