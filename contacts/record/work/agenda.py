"""An owner's open tasks for a calendar: each on its day, what is late on today's."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.record.book.absences import stood_in_for
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, OwnerRow, Task
from contacts.wording import called

MOST = 500  # the soonest; a calendar that has more helps nobody


@dataclass(frozen=True, slots=True)
class AgendaItem:
    task_id: int
    customer_id: int
    title: str
    customer: str  # name, else company
    stands_in_for: str  # the owner's name, where it is another's task
    on: date
    """The day it is due by; while it is late, today."""
    late: bool
    due_at: datetime
    opened_at: datetime
    changed_at: datetime
    """When it last became what it is now: opened, put off, or carried over to today."""


def owner_of_link(connection: Connection, owner_id: int, number: int) -> Any | None:
    """The owner's row, if the settings name them and this number of their link is not given up."""
    return connection.execute(
        select(OwnerRow).where(
            OwnerRow.id == owner_id, OwnerRow.calendar_key == number, OwnerRow.named
        )
    ).one_or_none()


def renew_link(connection: Connection, owner_id: int) -> int:
    """Give up the owner's link; return the number of the one that is good from now on."""
    renewed = (
        update(OwnerRow)
        .where(OwnerRow.id == owner_id)
        .values(calendar_key=OwnerRow.calendar_key + 1)
        .returning(OwnerRow.calendar_key)
    )
    return int(connection.execute(renewed).scalar_one())


def agenda(
    connection: Connection, owner_id: int, *, zone: str, default_zone: str, now: datetime
) -> list[AgendaItem]:
    """What is the owner's to do, and what they do for whoever is away, the soonest first.

    Days are those of `zone`, the owner's; whoever has no zone is away by days of the default.
    """
    today = local_date(now, zone)
    owners = stood_in_for(connection, owner_id, zone=default_zone, now=now)
    rows = connection.execute(_OPEN, {"owners": owners})
    return [_item(row, owner_id, zone, today) for row in rows]


def _item(row: Any, owner_id: int, zone: str, today: date) -> AgendaItem:
    due_on = local_date(row.due_at, zone)
    late = due_on < today
    changed_at = row.changed_at or row.opened_at
    if late:
        changed_at = max(changed_at, at_wall_time(datetime.combine(today, time()), zone).instant)
    return AgendaItem(
        task_id=row.id,
        customer_id=row.customer_id,
        title=row.title,
        customer=called(row),
        stands_in_for="" if row.owner_id == owner_id else row.owner,
        on=today if late else due_on,
        late=late,
        due_at=row.due_at,
        opened_at=row.opened_at,
        changed_at=changed_at,
    )


_OPEN = (
    select(
        Task.id,
        Task.customer_id,
        Task.owner_id,
        Task.title,
        Task.due_at,
        Task.opened_at,
        Task.changed_at,
        OwnerRow.name.label("owner"),
        Customer.first_name,
        Customer.last_name,
        Customer.company,
    )
    .join(Customer, Customer.id == Task.customer_id)
    .join(OwnerRow, OwnerRow.id == Task.owner_id)
    .where(one_of(Task.owner_id, "owners"), Task.state == constant("open"))
    .order_by(Task.due_at, Task.id)
    .limit(bindparam("most", MOST))
)
