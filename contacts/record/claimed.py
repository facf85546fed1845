"""The touches behind a batch of claims."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from contacts.record.tables import Customer, Enrolment, Touch


def claimed_touches(connection: Connection, touch_ids: Collection[int]) -> Sequence[Any]:
    """Touches still planned, with the place of their enrolment; in order of their ids."""
    statement = (
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
            Enrolment.started_on,
            Customer.active,
        )
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .join(Customer, Customer.id == Touch.customer_id)
        .where(Touch.id.in_(touch_ids), Touch.state == "planned")
        .order_by(Touch.id)
    )
    return connection.execute(statement).all()
