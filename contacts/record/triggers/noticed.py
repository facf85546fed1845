"""Customers of whom something was noted: they asked for our mail, or order differently."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal

from contacts.cadences.model import Cadence
from contacts.cadences.reach import CONFIRM_WITHIN
from contacts.record.orders.signals import signalled_by
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent, Customer, Enrolment, Signal
from contacts.record.triggers.scope import Within, active, enrolled, is_on


def asked(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A request for marketing mail is new: each is asked to be confirmed once, soon or never."""
    return (
        active(Consent.id, within)
        .join(Consent, Consent.customer_id == Customer.id)
        .where(
            Consent.kind == ConsentKind.PENDING,
            Consent.at > now - CONFIRM_WITHIN,
            Consent.at <= now,
            within(Consent.customer_id),
        )
        .where(~enrolled(cadence, within, Enrolment.trigger == asked_by(Consent.id)))
        .where(~is_on(cadence, within))
        .order_by(Consent.at, Consent.id)
    )


def signalled(cadence: Cadence, now: datetime, within: Within) -> Any:
    """Something was noticed, is not over, and no task took it; the weightiest goes first."""
    assert cadence.start.kinds is not None  # noqa: S101  # parse_cadence asks for it
    return (
        active(Signal.id, within)
        .join(Signal, Signal.customer_id == Customer.id)
        .where(
            Signal.cleared_at.is_(None),
            Signal.task_id.is_(None),
            Signal.kind.in_([kind.value for kind in cadence.start.kinds]),
            within(Signal.customer_id),
        )
        .where(~enrolled(cadence, within, Enrolment.trigger == signalled_by(Signal.id)))
        .where(~is_on(cadence, within))
        .order_by(Signal.weight.desc(), Signal.id)
    )


def asked_by(consent_id: Any) -> ColumnElement[str]:
    """The trigger of the cadence that asks to confirm this row of consent."""
    return literal("consent:") + cast(consent_id, String)
