"""The people of the tests: Ada (new), Bob (quiet), Cleo (unsubscribed) and Olive (owner)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from contacts.record.customers.address_keys import address_hash
from contacts.record.tables import Consent, Customer, OwnerRow, Suppression

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday: 10:00 in New York
SIGNING_KEY = "a-key-for-tests-only"


def olive(connection: Connection) -> int:
    """The owner; returns her id."""
    row = {"email": "olive@example.com", "name": "Olive Owner", "phone": "+12025550100"}
    return _id(connection.execute(insert(OwnerRow).values(row)))


def ada(connection: Connection, *, owner_id: int | None = None, **changes: Any) -> int:
    """Joined today, agreed to e-mail and SMS; returns her id."""
    customer_id = customer(
        connection,
        email="ada@example.com",
        phone="+12025550111",
        first_name="Ada",
        last_name="Archer",
        company="Archer & Co",
        owner_id=owner_id,
        **changes,
    )
    agrees(connection, customer_id, "email", at=NOW - timedelta(hours=1))
    agrees(connection, customer_id, "sms", at=NOW - timedelta(hours=1))
    return customer_id


def bob(connection: Connection, *, owner_id: int | None = None, **changes: Any) -> int:
    """Joined a year ago, last in touch 40 days ago; returns his id."""
    customer_id = customer(
        connection,
        email="bob@example.com",
        phone="+12025550122",
        first_name="Bob",
        last_name="Baker",
        owner_id=owner_id,
        **{
            "joined_on": (NOW - timedelta(days=365)).date(),
            "last_contact_at": NOW - timedelta(days=40),
            **changes,
        },
    )
    agrees(connection, customer_id, "email", at=NOW - timedelta(days=365))
    return customer_id


def cleo(connection: Connection, *, owner_id: int | None = None, **changes: Any) -> int:
    """Agreed to e-mail, then unsubscribed; returns her id."""
    customer_id = customer(
        connection,
        email="cleo@example.com",
        phone="+12025550133",
        first_name="Cleo",
        last_name="Carter",
        owner_id=owner_id,
        **{"joined_on": (NOW - timedelta(days=90)).date(), **changes},
    )
    agrees(connection, customer_id, "email", at=NOW - timedelta(days=90))
    withdrawn_at = NOW - timedelta(days=10)
    agrees(connection, customer_id, "email", at=withdrawn_at, granted=False)
    suppression = {
        "address_hash": address_hash(SIGNING_KEY, "cleo@example.com"),
        "channel": "email",
        "reason": "opt_out",
        "source": "unsubscribe link",
        "at": withdrawn_at,
    }
    connection.execute(insert(Suppression).values(suppression))
    return customer_id


def customer(connection: Connection, **values: Any) -> int:
    """Any customer: New York, English, joined today, active, unless `values` says otherwise."""
    row = {
        "timezone": "America/New_York",
        "locale": "en",
        "country": "US",
        "joined_on": NOW.date(),
        "created_at": NOW,
        "updated_at": NOW,
        **values,
    }
    return _id(connection.execute(insert(Customer).values(row)))


def agrees(
    connection: Connection,
    customer_id: int,
    channel: str,
    *,
    at: datetime,
    granted: bool = True,
    **changes: Any,
) -> None:
    """One row of consent, or of its withdrawal."""
    row = {
        "customer_id": customer_id,
        "channel": channel,
        "granted": granted,
        "source": "signup form v3" if granted else "unsubscribe link",
        "at": at,
        "recorded_at": at,
        **changes,
    }
    connection.execute(insert(Consent).values(row))


def _id(result: Any) -> int:
    return int(result.inserted_primary_key[0])
