"""The touches behind a batch of claims."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from contacts.record.many import one_of
from contacts.record.tables import Customer, Enrolment, Touch


def claimed_touches(connection: Connection, touch_ids: Collection[int]) -> Sequence[Any]:
    """Touches still planned, with the place of their enrolment; in order of their ids."""
    return connection.execute(_PLANNED, {"touches": touch_ids}).all()


_PLANNED = (
    select(
        Touch.id,
        Touch.customer_id,
        Touch.enrolment_id,
        Touch.cadence,
        Touch.step_key,
        Touch.channel,
        Touch.purpose,
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
