"""Leaving a customer alone until a day, for a reason: the waiver, and what waits for its end."""

from datetime import date, datetime

from sqlalchemy import Connection, update

from contacts.record.consent.looking_again import look_again
from contacts.record.tables import Customer


def waive(
    connection: Connection, customer_id: int, until: date | None, why: str | None, *, now: datetime
) -> None:
    """Leave them alone until then; None: no longer, and what waited for it may leave.

    What they chose by themselves stays as it is.
    """
    theirs = update(Customer).where(Customer.id == customer_id)
    connection.execute(theirs.values(waived_until=until, waiver=why, updated_at=now))
    look_again(connection, customer_id, now=now)
