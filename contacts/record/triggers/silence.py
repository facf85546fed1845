"""Customers who have been silent: no order for so long, or nobody who has them in hand."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, or_, select

from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason
from contacts.record.tables import Customer, Enrolment, Instant, Order, Task
from contacts.record.triggers.scope import Within, active, any_enrolment, enrolled, is_on

IDLE = "idle"
"""How the keys of its trigger begin."""
_A_DAY = timedelta(days=1)


def quiet(cadence: Cadence, now: datetime, within: Within) -> Any:
    """No order for so long; a spell counts from its last order, and starts the cadence once.

    A return is no order.
    """
    assert cadence.start.after is not None  # noqa: S101  # parse_cadence asks for it
    last = (
        select(Order.customer_id, func.max(Order.ordered_at).label("at"))
        .where(Order.ordered_at <= now, Order.amount > 0, within(Order.customer_id))
        .group_by(Order.customer_id)
        .subquery()
    )
    since = Enrolment.started_at >= last.c.at
    return (
        active(last.c.at, within)
        .join(last, last.c.customer_id == Customer.id)
        .where(last.c.at <= now - timedelta(days=cadence.start.after.days))
        .where(~enrolled(cadence, within, since), ~is_on(cadence, within))
    )


def idle(cadence: Cadence, now: datetime, within: Within) -> Any:
    """Nobody has the customer in hand: no cadence, no open task, no waiver.

    A cadence that ended as soon as it began would begin again at every look, so it does not within
    a day; unless a person did what it asked for, and the customer is in nobody's hand again, or it
    had begun by a slip that was taken back.
    """
    busy = any_enrolment(within, Enrolment.state == "active")
    task = select(Task.id).where(Task.customer_id == Customer.id, Task.state == "open")
    times = (
        select(func.count())
        .where(Enrolment.customer_id == Customer.id, Enrolment.cadence == cadence.name)
        .scalar_subquery()
    )
    free = or_(Customer.waived_until.is_(None), Customer.waived_until < now.date())
    yesterday = literal(now - _A_DAY, Instant())
    tended = (
        select(Task.customer_id, func.max(Task.closed_at).label("at"))
        .where(Task.kind == "reach", Task.closed_at > yesterday, within(Task.customer_id))
        .group_by(Task.customer_id)
        .subquery()
    )
    lately = enrolled(
        cadence,
        within,
        Enrolment.started_at > func.coalesce(tended.c.at, yesterday),
        Enrolment.reason.is_distinct_from(Reason.TAKEN_BACK),
    )
    return (
        active(times, within)
        .outerjoin(tended, tended.c.customer_id == Customer.id)
        .where(~busy, ~task.exists(), free, ~lately)
    )
