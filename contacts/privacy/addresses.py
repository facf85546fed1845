"""Every address by which we ever wrote to a customer, as far as the record still knows it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from contacts.record.customers.address_keys import customers_at
from contacts.record.tables import Attempt, Message


@dataclass(frozen=True, slots=True)
class Address:
    channel: str
    value: str
    is_shared: bool
    """Whether another customer has it too, e.g. the phone of a family."""


def addresses_of(connection: Connection, customer: Any) -> list[Address]:
    """Today's addresses of this row of `customers`, then earlier ones that messages went to."""
    found = {("email", customer.email), ("sms", customer.phone)}
    written = connection.execute(
        select(Attempt.channel, Message.address)
        .join(Message, Message.attempt_id == Attempt.id)
        .where(Attempt.customer_id == customer.id)
        .distinct()
    )
    found |= {(row.channel, row.address) for row in written}
    by_key = {(channel, value.lower()): value for channel, value in sorted(_known(found))}
    return [
        Address(channel, value, is_shared=_is_shared(connection, channel, key, customer.id))
        for (channel, key), value in by_key.items()
    ]


def _known(found: set[tuple[str, str | None]]) -> list[tuple[str, str]]:
    return [(channel, value) for channel, value in found if value]


def _is_shared(connection: Connection, channel: str, key: str, customer_id: int) -> bool:
    return any(other != customer_id for other in customers_at(connection, channel, key))
