"""How it stood with a customer before a person logged something, to go back to after a slip.

It is kept with what was logged, as plain data; what was not changed is not in it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from contacts.record.tables import Customer, Enrolment, Touch
from contacts.record.work.tasks import waits_for

TASK = ("due_at", "result", "escalated", "escalated_at")
"""Columns of a task that logging it changes, besides its being done."""
ENROLMENT = ("started_on", "round", "position", "last_made_at", "last_made")
"""Where an enrolment stands."""


def before_note(
    connection: Connection, customer_id: int, task: Row[Any] | None, *, waives: bool
) -> dict[str, Any]:
    """The last contact; the task and, where it waits for that, the place of its cadence."""
    row = connection.execute(_CUSTOMER, {"customer": customer_id}).one()
    found: dict[str, Any] = {"last_contact_at": _plain(row.last_contact_at)}
    if waives:
        found["waiver"] = [_plain(row.waived_until), row.waiver]
    if task is not None:
        found["task"] = {"id": task.id, **_some(task, TASK)}
    if task is not None and task.touch_id is not None:
        enrolment = connection.execute(_ENROLMENT, {"touch": task.touch_id}).one()
        will_go_on = enrolment.state == "active" and enrolment.plan_at is None
        if will_go_on and waits_for(connection, enrolment.id, task.touch_id):
            found["enrolment"] = {"id": enrolment.id, **_some(enrolment, ENROLMENT)}
    return found


def _some(row: Row[Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def instant(written: str | None) -> datetime | None:
    """An instant of what was kept."""
    return None if written is None else datetime.fromisoformat(written)


_CUSTOMER = select(Customer.last_contact_at, Customer.waived_until, Customer.waiver).where(
    Customer.id == bindparam("customer")
)
_ENROLMENT = (
    select(Enrolment)
    .join(Touch, Touch.enrolment_id == Enrolment.id)
    .where(Touch.id == bindparam("touch"))
)
