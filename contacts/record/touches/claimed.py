"""The touches behind a batch of claims."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from contacts.record.many import one_of
from contacts.record.tables import Customer, Enrolment, Touch


def claimed_touches(connection: Connection, touch_ids: Collection[int]) -> Sequence[Any]:
    """Touches still planned, with the place of their enrolment; in order of their ids."""
    return connection.execute(_PLANNED, {"touches": touch_ids}).all()


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


_PLANNED = (
    select(
        Touch.id,
        Touch.customer_id,
        Touch.enrolment_id,
        Touch.cadence,
        Touch.step_key,
        Touch.channel,
        Touch.purpose,
        Touch.reason,
        Touch.due_at,
        Touch.not_after,
        Touch.tries,
        Enrolment.version_id,
        Enrolment.started_at,
        Enrolment.started_on,
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
