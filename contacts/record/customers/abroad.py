"""Customers whose numbers are in certain countries."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from contacts.record.tables import Customer


def newest_with_numbers(connection: Connection, calling_code: str, *, most: int) -> Iterable[int]:
    """The ids of the latest customers whose numbers begin with a code ("+91")."""
    query = (
        select(Customer.id)
        .where(Customer.active, Customer.phone.startswith(calling_code, autoescape=True))
        .order_by(Customer.id.desc())
        .limit(most)
    )
    return connection.execute(query).scalars()
