"""What a customer agreed to and took back, row by row, and what of it holds now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.model import Kind
from contacts.cadences.reasons import Reason
from contacts.record.consent.guards import load_guards
from contacts.record.customers.address_keys import address_hash
from contacts.record.tables import Consent, Suppression


@dataclass(frozen=True, slots=True)
class Word:
    """One yes or no."""

    at: datetime
    channel: str
    purpose: str  # empty for everything
    granted: bool
    kind: str
    source: str
    evidence: str
    wording: str
    expires_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why an address is left alone."""

    reason: str
    scope: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """What holds for a channel: the reason against each purpose, or None where it may be used."""

    channel: str
    service: Reason | None
    marketing: Reason | None
    stopped: Stopped | None


def words_of(connection: Connection, customer_id: int) -> list[Word]:
    """Everything that was said, the oldest first."""
    columns = [getattr(Consent, name) for name in Word.__slots__]
    query = select(*columns).where(Consent.customer_id == customer_id)
    return [Word(*row) for row in connection.execute(query.order_by(Consent.at, Consent.id))]


def agreements(
    connection: Connection, customer: Any, *, signing_key: str, now: datetime
) -> list[Agreement]:
    """What holds of it now, by channel; `customer` is a row of `customers`."""
    one = CustomerFacts(customer.id, email=customer.email or "", phone=customer.phone or "")
    guards = load_guards(connection, [one], signing_key=signing_key, now=now)
    service, marketing = guards.reach(one, "service"), guards.reach(one, "marketing")
    return [
        Agreement(
            channel=kind.value,
            service=service.why_not(kind),
            marketing=marketing.why_not(kind),
            stopped=stopped(connection, kind.value, address, signing_key=signing_key),
        )
        for kind, address in ((Kind.EMAIL, one.email), (Kind.SMS, one.phone))
    ]


def stopped(
    connection: Connection, channel: str, address: str, *, signing_key: str
) -> Stopped | None:
    """Why this address must be left alone, if it must."""
    row = connection.execute(
        select(Suppression.reason, Suppression.scope, Suppression.source, Suppression.at).where(
            Suppression.address_hash == address_hash(signing_key, address),
            Suppression.channel == channel,
            Suppression.lifted_at.is_(None),
        )
    ).one_or_none()
    return None if row is None or not address else Stopped(*row)
