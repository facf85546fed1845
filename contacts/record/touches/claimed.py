"""The touches behind a batch of claims."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from contacts.record.many import one_of
from contacts.record.tables import Customer, Enrolment, Touch


class ClaimedTouch(NamedTuple):
    """A planned touch that a worker holds, with the place of its enrolment."""

    id: int
    customer_id: int
    enrolment_id: int
    step_key: str
    channel: str
    reason: str | None
    due_at: datetime
    not_after: datetime
    tries: int
    version_id: int
    started_at: datetime
    active: bool


class PersonNow(NamedTuple):
    """What a customer's messages go by, besides what they said."""

    id: int
    email: str
    phone: str
    timezone: str
    active: bool


def people_now(connection: Connection, customer_ids: Collection[int]) -> dict[int, PersonNow]:
    """These customers, as they stand in this transaction."""
    rows = connection.execute(_PEOPLE, {"customers": customer_ids})
    return {
        number: PersonNow(number, email or "", phone or "", zone, active)
        for number, email, phone, zone, active in rows
    }


def claimed_touches(connection: Connection, touch_ids: Collection[int]) -> list[ClaimedTouch]:
    """Touches still planned, in order of their ids."""
    rows = connection.execute(_PLANNED, {"touches": touch_ids}).all()
    return [ClaimedTouch._make(row) for row in rows]


def fresh_touches_by(
    connection: Connection,
    touch_ids: Collection[int],
    *,
    channels: Collection[str],
    now: datetime,
) -> Sequence[Any]:
    """Those of the touches that are to go by these channels and are not too late; oldest first."""
    given = {"touches": touch_ids, "channels": channels, "now": now}
    return connection.execute(_FRESH_BY, given).all()


_PEOPLE = select(
    Customer.id, Customer.email, Customer.phone, Customer.timezone, Customer.active
).where(one_of(Customer.id, "customers"))
_PLANNED = (
    select(
        Touch.id,
        Touch.customer_id,
        Touch.enrolment_id,
        Touch.step_key,
        Touch.channel,
        Touch.reason,
        Touch.due_at,
        Touch.not_after,
        Touch.tries,
        Enrolment.version_id,
        Enrolment.started_at,
        Customer.active,
    )
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .join(Customer, Customer.id == Touch.customer_id)
    .where(one_of(Touch.id, "touches"), Touch.state == "planned")
    .order_by(Touch.id)
)
_FRESH_BY = (
    select(Touch.id, Touch.channel, Touch.cadence, Touch.purpose)
    .where(
        one_of(Touch.id, "touches"),
        one_of(Touch.channel, "channels"),
        Touch.state == "planned",
        Touch.not_after >= bindparam("now"),
    )
    .order_by(Touch.due_at, Touch.id)
)
