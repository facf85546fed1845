"""What is late goes to its owner once more, and then to the lead; what is nobody's at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Update, bindparam, or_, select, update

from contacts.cadences.calendar import at_wall_time
from contacts.cadences.working import Roster
from contacts.record.many import constant
from contacts.record.tables import Instant, OwnerRow, Task
from contacts.record.work.workload import LED

TOLD = 1
"""`Task.escalated` of what its owner was told to be late."""


@dataclass(frozen=True, slots=True)
class Escalated:
    told: int = 0  # their owners, that they are late
    led: int = 0  # went to a lead


def escalate(
    connection: Connection, emails: Iterable[str], *, roster: Roster, after: int, now: datetime
) -> Escalated:
    """Mark what is late of these owners, and what is nobody's; again on a day it changes nothing.

    The lead hears of what is `after` business days of the owner late, or more, and of which the
    owner was told on a day before. Nothing is marked on a day on which nobody works for the owner.
    """
    owners = {row.email: row for row in connection.execute(select(OwnerRow))}
    working = [
        owners[email] for email in emails if roster.works_on(email, roster.today(email, now))
    ]
    led = [
        {
            "owner": one.id,
            "before": roster.late_since(one.email, after, now),
            "today": _day_begins(roster, one.email, now),
            "now": now,
        }
        for one in working
        if one.lead_id is not None
    ]
    nobodys = _run(connection, _NOBODYS, [{"now": now}]) if _leads(owners.values()) else 0
    return Escalated(
        led=_run(connection, _TO_LEAD, led) + nobodys,
        told=_run(connection, _TO_OWNER, [{"owner": one.id, "now": now} for one in working]),
    )


def _day_begins(roster: Roster, email: str, now: datetime) -> datetime:
    midnight = datetime.combine(roster.today(email, now), time())
    return at_wall_time(midnight, roster.zone(email)).instant


def _leads(owners: Iterable[Any]) -> bool:
    return any(one.leads for one in owners)


def _run(connection: Connection, statement: Update, given: list[dict[str, Any]]) -> int:
    """How many tasks a statement changed; one for each owner, of whom there are few."""
    return sum(connection.execute(statement, one).rowcount for one in given)


_OPEN = update(Task).where(Task.state == constant("open"))
_NOW = bindparam("now", type_=Instant())
_TO_LEAD = _OPEN.where(
    Task.owner_id == bindparam("owner"),
    Task.due_at < bindparam("before", type_=Instant()),
    Task.escalated == TOLD,
    Task.escalated_at < bindparam("today", type_=Instant()),
).values(escalated=LED, escalated_at=_NOW)
_TO_OWNER = _OPEN.where(
    Task.owner_id == bindparam("owner"), Task.due_at < _NOW, Task.escalated < TOLD
).values(escalated=TOLD, escalated_at=_NOW)
_NOBODYS = _OPEN.where(
    or_(
        Task.owner_id.is_(None),
        Task.owner_id.in_(select(OwnerRow.id).where(OwnerRow.named.is_(False))),
    ),
    Task.escalated < LED,
).values(escalated=LED, escalated_at=_NOW)
