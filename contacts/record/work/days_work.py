"""An owner's work: their tasks, those of whom they stand in for, and what nobody else does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, true

from contacts.record.book.absences import stood_in_for
from contacts.record.tables import OwnerRow, Task
from contacts.record.work.workload import AHEAD, IS_LED, Todo, todos

MOST = 100  # of each list; a longer one is not read


@dataclass(frozen=True, slots=True)
class DaysWork:
    """Each list with what is due first in front."""

    mine: frozenset[int]
    """The owner, and those for whom they stand in."""
    own: list[Todo]  # of all these
    escalated: list[Todo]  # of others, who left it undone, to their lead
    nobodys: list[Todo]  # to the workspace's lead, or to everybody where nobody leads


def days_work(
    connection: Connection, owner_id: int, *, zone: str, now: datetime, most: int = MOST
) -> DaysWork:
    """What a named owner has to see to at `now`, or in the week to come.

    `zone` is that of owners who have none of their own.
    """
    owners = {row.id: row for row in connection.execute(select(OwnerRow))}
    mine = stood_in_for(connection, owner_id, zone=zone, now=now)

    def first(
        whose: Collection[int | None], until: datetime, such: ColumnElement[bool]
    ) -> list[Todo]:
        if not whose:
            return []
        return todos(connection, owners=whose, of=None, until=until, limit=most, such=such)

    is_late = and_(IS_LED, Task.due_at < now)
    return DaysWork(
        mine,
        own=first(mine, now + AHEAD, true()),
        escalated=first(_led_by(mine, owners), now, is_late),
        nobodys=first(_nobodys(mine, owners), now + AHEAD, true()),
    )


def _led_by(leads: Collection[int], owners: Mapping[int, Any]) -> set[int]:
    """Whom these lead, unless one of these is to do their work."""
    return {
        one.id
        for one in owners.values()
        if one.named and one.lead_id in leads and one.id not in leads
    }


def _nobodys(mine: Collection[int], owners: Mapping[int, Any]) -> set[int | None]:
    """Whose tasks are nobody's, for who is told of them: the lead, or all where there is none."""
    told = any(owners[one].leads for one in mine)
    if not told and any(one.leads for one in owners.values()):
        return set()
    return {None, *(one.id for one in owners.values() if not one.named)}
