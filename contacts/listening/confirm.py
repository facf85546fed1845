"""A customer who confirms, by the link of a mail, that they want marketing by e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from contacts.cadences.model import CONFIRM_CONSENT
from contacts.cadences.reach import CONFIRM_WITHIN
from contacts.cadences.reasons import Reason
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash, address_key
from contacts.record.locks import hold_customers
from contacts.record.people import ConsentKind
from contacts.record.tables import Attempt, Consent, Customer, Enrolment, Touch
from contacts.record.touches.waiting import no_longer_for
from contacts.record.triggers import asked_by

SOURCE = "confirmed by the link of a mail"


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a link says: which mail it came with, and to what address (as a key) that went."""

    attempt_id: str
    address_key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for, and may confirm or has confirmed."""

    customer_id: int
    locale: str
    purpose: str
    wording: str
    evidence: str
    is_confirmed: bool


def asked_by_mail(
    connection: Connection, mailed: Mailed, *, signing_key: str, now: datetime
) -> Asked | None:
    """The request that a mail asks to confirm.

    None where it has lapsed or was taken back, or its customer has another address by now.
    """
    mail = _mail(connection, mailed.attempt_id)
    if mail is None or not mail.email:
        return None
    hashed = address_hash(signing_key, mail.email)
    if address_key(hashed) != mailed.address_key or suppressed(connection, [hashed]):
        return None
    said = connection.execute(_SAID.where(Consent.customer_id == mail.customer_id)).all()
    return _asked(mail, said, now)


def confirm(
    connection: Connection, mailed: Mailed, *, signing_key: str, now: datetime
) -> Asked | None:
    """Write down that it is confirmed, as far as `asked_by_mail`; a second time changes no more."""
    mail = _mail(connection, mailed.attempt_id)
    if mail is None:
        return None
    hold_customers(connection, [mail.customer_id])
    asked = asked_by_mail(connection, mailed, signing_key=signing_key, now=now)
    if asked is not None and not asked.is_confirmed:
        connection.execute(insert(Consent).values(_row(asked, now)))
        no_longer_for(connection, asked.customer_id, Reason.UNCONFIRMED, now=now)
    return asked


def _asked(mail: Any, said: Sequence[Any], now: datetime) -> Asked | None:
    place = next((n for n, one in enumerate(said) if one.id == mail.consent_id), None)
    if place is None:
        return None
    request, since = said[place], [one for one in said[place:] if one.purpose != "service"]
    is_confirmed = any(one.kind == ConsentKind.DOUBLE for one in since)
    has_lapsed = request.at + CONFIRM_WITHIN <= now and not is_confirmed
    if has_lapsed or not all(one.granted for one in since):
        return None
    return Asked(
        customer_id=mail.customer_id,
        locale=mail.locale,
        purpose=request.purpose,
        wording=request.wording,
        evidence=f"attempt {mail.id}, {mail.template}"[:200],
        is_confirmed=is_confirmed,
    )


def _row(asked: Asked, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": asked.customer_id,
        "channel": "email",
        "purpose": asked.purpose,
        "granted": True,
        "kind": ConsentKind.DOUBLE.value,
        "source": SOURCE,
        "evidence": asked.evidence,
        "wording": asked.wording,
        "at": now,
        "recorded_at": now,
    }


def _mail(connection: Connection, attempt_id: str) -> Any:
    """The mail, its customer as they are now, and the request it was about."""
    return connection.execute(_MAIL.where(Attempt.id == attempt_id)).one_or_none()


_MAIL = (
    select(
        Attempt.id,
        Attempt.template,
        Touch.customer_id,
        Customer.email,
        Customer.locale,
        Consent.id.label("consent_id"),
    )
    .join(Touch, Touch.id == Attempt.touch_id)
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .join(Customer, Customer.id == Touch.customer_id)
    .join(Consent, Consent.customer_id == Touch.customer_id)
    .where(Touch.cadence == CONFIRM_CONSENT, Enrolment.trigger == asked_by(Consent.id))
)
_SAID = select(Consent).where(Consent.channel == "email").order_by(Consent.at, Consent.id)
