"""What was noticed about the customer, and when it was over."""

from collections.abc import Iterator

from sqlalchemy import Connection

from contacts.record import phrases
from contacts.record.orders.signals import signals_of, told_on
from contacts.record.timeline.entry import Entry


def signals(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in signals_of(connection, customer_id):
        words = phrases.signal(row.kind)
        later = told_on(row, row.timezone)
        reason = f"As of {later}: {row.reason}" if later is not None else row.reason
        yield Entry(row.raised_at, "signal", f"Noticed: {words}", reason, task_id=row.task_id)
        if row.cleared_at is not None:
            yield Entry(row.cleared_at, "signal", f"Over: {words}", task_id=row.task_id)
