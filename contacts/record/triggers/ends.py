"""Customers with a contract that ends soon, or ended not long ago."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import aliased

from contacts.cadences.model import Cadence, Start
from contacts.record.orders.contracts import TRIGGER
from contacts.record.tables import Contract, Customer, Enrolment
from contacts.record.triggers.scope import Within, active, enrolled, is_on

_HALF_A_DAY = timedelta(hours=12)
_REMEMBERED = timedelta(days=14)
"""How long after its time the end of a contract still starts a cadence, e.g. after downtime."""


def ending(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A contract ends within the span, and no later one of its kind goes on behind it.

    A renewed contract has another end, hence another key. Who has several goes through the cadence
    for one at a time, the one that ends first.
    """
    later = aliased(Contract)
    renewed = select(later.id).where(
        later.customer_id == Contract.customer_id,
        later.kind == Contract.kind,
        later.starts_on > Contract.starts_on,
        later.ends_on > Contract.ends_on,
    )
    between = Contract.ends_on.between(*ends_that_start(cadence.start, now))
    return _ends(cadence, within, between).where(~renewed.exists())


def over(cadence: Cadence, now: datetime, within: Within) -> Any:
    """A contract ended so long ago; not one of before we looked, which nobody remembers."""
    _, last = ends_that_start(cadence.start, now)
    return _ends(cadence, within, Contract.ends_on.between(last - _REMEMBERED, last))


def ends_that_start(start: Start, now: datetime) -> tuple[date, date]:
    """The first and the last day on which a contract ends that starts such a cadence by now."""
    # The earliest calendar day anywhere: a contract that is over is so wherever the customer is,
    # and `contract.days_left` is never more than `before`.
    today = (now - _HALF_A_DAY).date()
    if start.before is not None:
        return today, start.before.after(today)
    assert start.after is not None  # noqa: S101  # parse_cadence asks for one of the two
    return date.min, today - timedelta(days=start.after.days)


def _ends(cadence: Cadence, within: Within, between: ColumnElement[bool]) -> Any:
    cause = Contract.contract_id + literal(":") + cast(Contract.ends_on, String)
    return (
        active(cause, within)
        .join(Contract, Contract.customer_id == Customer.id)
        .where(between)
        .where(~enrolled(cadence, within, Enrolment.trigger == literal(TRIGGER) + cause))
        .where(~is_on(cadence, within))
        .order_by(Contract.ends_on, Contract.id)
    )
