"""What is looked at again once a customer's wish, or a waiver, is another one.

Callers own the transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, select, update

from contacts.cadences.reasons import Reason
from contacts.record.consent.rounds import take_up_rounds
from contacts.record.tables import Enrolment, Queued, Touch


def look_again(connection: Connection, customer_id: int, *, now: datetime) -> None:
    """Have what waited for the end of a pause or of a waiver, and the next steps, decided anew."""
    waiting = select(Touch.id).where(
        Touch.customer_id == customer_id,
        Touch.state == "planned",
        Touch.reason.in_([Reason.CUSTOMER_PAUSED, Reason.WAIVED]),
    )
    connection.execute(
        update(Queued)
        .where(Queued.touch_id.in_(waiting), Queued.ready_at > now)
        .values(ready_at=now)
    )
    take_up_rounds(connection, customer_id, now=now)
    connection.execute(
        update(Enrolment)
        .where(
            Enrolment.customer_id == customer_id,
            Enrolment.state == "active",
            Enrolment.plan_at > now,
        )
        .values(plan_at=now)
    )
