"""What people were asked to do for the customer, and did."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from contacts.cadences.outcomes import with_outcome
from contacts.record.tables import OwnerRow, Task, Touch
from contacts.record.timeline.entry import Entry


def given_and_done(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in _rows(connection, customer_id):
        yield Entry(
            row.opened_at, "task", f"For {row.owner or 'nobody yet'}: {row.title}",
            cadence=row.cadence, channel=row.kind, state=row.state,
            touch_id=row.touch_id, task_id=row.id,
        )  # fmt: skip
        if row.closed_at is not None:
            yield Entry(
                row.closed_at, "done", with_outcome(f"Done: {row.title}", row.result),
                row.outcome or "",
                cadence=row.cadence, channel=row.kind, state=row.state,
                touch_id=row.touch_id, task_id=row.id,
            )  # fmt: skip


def open_tasks(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in _rows(connection, customer_id):
        if row.state == "open":
            yield Entry(
                row.due_at, "to do",
                with_outcome(f"{row.owner or 'Nobody yet'}: {row.title}", row.result),
                row.brief.strip(),
                cadence=row.cadence, channel=row.kind, state=row.state,
                touch_id=row.touch_id, task_id=row.id,
            )  # fmt: skip


def _rows(connection: Connection, customer_id: int) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(Task, Touch.cadence, OwnerRow.name.label("owner"))
            .outerjoin(Touch, Touch.id == Task.touch_id)
            .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
            .where(Task.customer_id == customer_id)
            .order_by(Task.opened_at, Task.id)
        )
    )
