"""Rounds of cadences that a customer put off by a wish, taken up again when the wish changes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from contacts.cadences.calendar import local_date
from contacts.record.tables import Customer, Enrolment, Touch


def take_up_rounds(connection: Connection, customer_id: int, *, now: datetime) -> None:
    """Put the customer's enrolments whose next round was to begin later where they stood before.

    The planner then decides anew, and puts them off again if the wish still stands.
    """
    zone = connection.execute(select(Customer.timezone).where(Customer.id == customer_id))
    today = local_date(now, zone.scalar_one())
    put_off = _PUT_OFF.where(
        Enrolment.customer_id == customer_id, Enrolment.plan_at > now, Enrolment.started_on > today
    )
    for one in connection.execute(put_off).all():
        there = _before(connection, one) or {"started_on": today}
        connection.execute(update(Enrolment).where(Enrolment.id == one.id).values(there))


def _before(connection: Connection, enrolment: Any) -> dict[str, Any] | None:
    """After the last touch that was made; from there `repeat` counts. None if there is none."""
    last = connection.execute(
        select(Touch.occurrence)
        .where(Touch.enrolment_id == enrolment.id, Touch.made_at.is_not(None))
        .order_by(Touch.made_at.desc(), Touch.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if last is None or enrolment.last_made is None:
        return None
    day, _, round_ = last.partition("/")
    return {
        "started_on": date.fromisoformat(day),
        "round": int(round_),
        "position": enrolment.last_made + 1,
    }


_PUT_OFF = (
    select(Enrolment.id, Enrolment.last_made)
    .where(Enrolment.state == "active", Enrolment.position == 0, Enrolment.round > 1)
    .order_by(Enrolment.id)
    .with_for_update()
)
