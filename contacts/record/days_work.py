"""What an owner has to do: their own tasks, those of whom they stand in for, and what is escalated.

The tasks of each owner are read along their index, as many as are asked for: what others have open
costs nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from contacts.cadences.working import Roster
from contacts.record.absences import acting
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Instant, OwnerRow, Task

MOST = 100  # of each kind; a longer list is not read
SOON = timedelta(days=7)
LED = 2
"""`Task.escalated` of what the lead hears of."""


@dataclass(frozen=True, slots=True)
class Job:
    """An open task as its list shows it."""

    id: int
    kind: str
    title: str
    due_at: datetime
    customer_id: int
    customer: str  # their name and company
    owner_id: int | None
    owner: str | None  # None: nobody's, or of one who is no longer named
    late: bool
    days_late: int  # business days of the owner; 0 too on the day it fell due
    escalated: bool  # the lead hears of it
    escalated_at: datetime | None


@dataclass(frozen=True, slots=True)
class DaysWork:
    """Each list with what is due first in front."""

    own: list[Job]
    stood_in_for: list[Job]  # of owners who are away
    escalated: list[Job]  # of others, who left it undone, to their lead
    nobodys: list[Job]  # to the workspace's lead, or to everybody where nobody leads


def days_work(
    connection: Connection, owner_id: int, *, roster: Roster, now: datetime, most: int = MOST
) -> DaysWork:
    """What is open for a named owner at `now`.

    Whom no message reaches is told only when they would soon go stale: such a task may lie weeks
    ahead, and is no work of today.
    """
    owners = {row.id: row for row in connection.execute(select(OwnerRow))}
    me = owners[owner_id]
    acts = acting(connection, roster.today(me.email, now))
    mine = {owner_id, *(away for away, who in acts.items() if who == owner_id)}
    jobs = _Jobs(connection, owners, roster, now=now, most=most)
    leads = [one for one in mine if owners[one].leads]
    told = leads or not any(one.leads for one in owners.values())
    return DaysWork(
        own=jobs.of([owner_id]),
        stood_in_for=jobs.of(mine - {owner_id}),
        escalated=jobs.led_by(mine),
        nobodys=jobs.of([None, *jobs.gone]) if told else [],
    )


class _Jobs:
    """The open tasks of the record, by whose they are."""

    def __init__(
        self,
        connection: Connection,
        owners: dict[int, Row[Any]],
        roster: Roster,
        *,
        now: datetime,
        most: int,
    ) -> None:
        self._connection = connection
        self._owners = owners
        self._roster = roster
        self._now = now
        self._most = most

    @property
    def gone(self) -> list[int]:
        return [one.id for one in self._owners.values() if not one.named]

    def of(self, owner_ids: Iterable[int | None]) -> list[Job]:
        """What these have open, what is due first in front; None for nobody's."""
        lists = [self._read(owner_id) for owner_id in owner_ids]
        first = merge(*lists, key=lambda row: (row.due_at, row.id))
        return [self._job(row) for row in islice(first, self._most)]

    def led_by(self, leads: Collection[int]) -> list[Job]:
        """What owners whom these lead left undone, unless one of these is to do it."""
        led = [
            one.id
            for one in self._owners.values()
            if one.named and one.lead_id in leads and one.id not in leads
        ]
        given = {"owners": led, "now": self._now, "most": self._most}
        rows: Iterable[Any] = self._connection.execute(_ESCALATED, given) if led else ()
        return [self._job(row) for row in rows]

    def _read(self, owner_id: int | None) -> Iterator[Row[Any]]:
        given = {"soon": self._now + SOON, "most": self._most}
        if owner_id is None:
            return iter(self._connection.execute(_NOBODYS, given))
        return iter(self._connection.execute(_OWNERS, {**given, "owner": owner_id}))

    def _job(self, row: Any) -> Job:
        owner = self._owners.get(row.owner_id)
        named = owner if owner is not None and owner.named else None
        late = 0
        if named is not None and named.email in self._roster:
            late = self._roster.days_late(named.email, row.due_at, self._now)
        return Job(
            id=row.id,
            kind=row.kind,
            title=row.title,
            due_at=row.due_at,
            customer_id=row.customer_id,
            customer=_called(row),
            owner_id=row.owner_id,
            owner=named.name if named is not None else None,
            late=row.due_at < self._now,
            days_late=late,
            escalated=row.escalated == LED,
            escalated_at=row.escalated_at,
        )


def _called(row: Row[Any]) -> str:
    person = f"{row.first_name} {row.last_name}".strip()
    named = ", ".join(part for part in (person, row.company) if part)
    return named or f"customer {row.customer_id}"


_OPEN = (
    select(
        Task.id,
        Task.kind,
        Task.title,
        Task.due_at,
        Task.customer_id,
        Task.owner_id,
        Task.escalated,
        Task.escalated_at,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
    )
    .join(Customer, Customer.id == Task.customer_id)
    .where(Task.state == constant("open"))
    .order_by(Task.due_at, Task.id)
    .limit(bindparam("most"))
)
_OF_TODAY = or_(
    Task.kind.not_in(["reach", "check_in"]), Task.due_at <= bindparam("soon", type_=Instant())
)
_OWNERS = _OPEN.where(Task.owner_id == bindparam("owner"), _OF_TODAY)
_NOBODYS = _OPEN.where(Task.owner_id.is_(None), _OF_TODAY)
_ESCALATED = _OPEN.where(
    one_of(Task.owner_id, "owners"),
    Task.due_at < bindparam("now", type_=Instant()),
    Task.escalated == LED,
)
