"""Touches that wait for somebody's word: once it is said, they need not wait for the next look.

Callers own the transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from contacts.cadences.reasons import Reason
from contacts.record.tables import Queued, Touch


def no_longer_for(
    connection: Connection, customer_id: int, reason: Reason, *, now: datetime
) -> None:
    """What of the customer's was put off for this reason is ready now."""
    asked = {"customer": customer_id, "reason": reason, "now": now}
    connection.execute(_READY, asked)


_PUT_OFF = select(Touch.id).where(
    Touch.customer_id == bindparam("customer"),
    Touch.state == "planned",
    Touch.reason == bindparam("reason"),
)
_READY = (
    update(Queued)
    .where(Queued.touch_id.in_(_PUT_OFF), Queued.lease_until.is_(None))
    .values(ready_at=bindparam("now"))
)
