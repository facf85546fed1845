"""What is planned keeps its hour: of customers who moved, there; by clocks that changed, anew."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from contacts.cadences.calendar import WallTime, at_wall_time, wall_time_of
from contacts.record.clock import DatabaseNow
from contacts.record.many import one_of
from contacts.record.tables import Customer, Enrolment, Queued, Touch
from contacts.record.versions import cadences_of


def plan_there(connection: Connection, customer_ids: Collection[int]) -> int:
    """Put these customers' planned touches at their wall time in today's zone; return how many.

    One that a worker has claimed is left alone: the gate reads the zone anew.
    """
    rows = connection.execute(_PLANNED, {"customers": list(customer_ids)}).all()
    cadences = cadences_of(connection, (row.version_id for row in rows))
    moved = [
        _Moved(row, there)
        for row in rows
        if (cadence := cadences.get(row.version_id)) is not None
        and (there := _there(row, cadence.zone_for(row.timezone))) is not None
    ]
    _move(connection, moved)
    return len(moved)


def plan_by_todays_clocks(
    connection: Connection, zones: Iterable[str], *, after: int, most: int
) -> tuple[int | None, int]:
    """Put planned touches of these zones at their wall time again, up to `most` by their ids.

    Returns the id to go on after, None where that was all, and how many moved. What waits for
    another reason than its hour goes on waiting as long.
    """
    given = {"zones": list(zones), "after": after, "most": most}
    rows = connection.execute(_BY_ZONE, given).all()
    moved = [
        _Moved(row, there, waits=row.ready_at != row.due_at)
        for row in rows
        if (there := _anew(row)) is not None
    ]
    _move(connection, moved)
    return (rows[-1].id if len(rows) == most else None), len(moved)


def _move(connection: Connection, moved: Sequence["_Moved"]) -> None:
    if moved:
        connection.execute(_MOVE_TOUCH, [one.touch for one in moved])
    if queued := [one.place for one in moved if not one.waits]:
        connection.execute(_MOVE_QUEUED, queued)


@dataclass(frozen=True, slots=True)
class _Moved:
    row: Any
    there: WallTime
    waits: bool = False

    @property
    def touch(self) -> dict[str, object]:
        shift = self.there.instant - self.row.due_at
        return {
            "touch": self.row.id,
            "due": self.there.instant,
            "until": self.row.not_after + shift,
            "where": self.there.zone,
            "adjusted": self.there.adjusted,
        }

    @property
    def place(self) -> dict[str, object]:
        return {"touch": self.row.id, "at": self.there.instant}


def _there(row: Any, zone: str) -> WallTime | None:
    """When it is due in that zone; None where that is the zone it was planned in, or is unknown."""
    if zone == row.zone:
        return None
    try:
        return at_wall_time(datetime.fromisoformat(row.wall_time), zone)
    except ValueError:
        return None


def _anew(row: Any) -> WallTime | None:
    """When it is due by what is known of its zone now; None where that is when it was."""
    written = datetime.fromisoformat(row.wall_time)  # to the minute
    shown = wall_time_of(row.due_at, row.zone).local.replace(second=0, microsecond=0)
    there = at_wall_time(written, row.zone)
    # What clocks show twice, or skip, has an instant that shows otherwise or is another one.
    return None if written == shown or there.instant == row.due_at else there


_PLANNED = (
    select(
        Touch.id,
        Touch.wall_time,
        Touch.zone,
        Touch.due_at,
        Touch.not_after,
        Enrolment.version_id,
        Customer.timezone,
    )
    .join(Queued, Queued.touch_id == Touch.id)
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .join(Customer, Customer.id == Touch.customer_id)
    .where(
        one_of(Touch.customer_id, "customers"),
        Touch.state == "planned",
        or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow()),
    )
    .order_by(Touch.id)
    .with_for_update(of=Queued)
)
_BY_ZONE = (
    select(Touch.id, Touch.wall_time, Touch.zone, Touch.due_at, Touch.not_after, Queued.ready_at)
    .join(Queued, Queued.touch_id == Touch.id)
    .where(
        one_of(Touch.zone, "zones"),
        Touch.state == "planned",
        Touch.id > bindparam("after"),
        or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow()),
    )
    .order_by(Touch.id)
    .limit(bindparam("most"))
    .with_for_update(of=Queued)
)
_MOVE_TOUCH = (
    update(Touch)
    .where(Touch.id == bindparam("touch"))
    .values(
        due_at=bindparam("due"),
        not_after=bindparam("until"),
        zone=bindparam("where"),
        dst_adjusted=bindparam("adjusted"),
    )
)
_MOVE_QUEUED = (
    update(Queued).where(Queued.touch_id == bindparam("touch")).values(ready_at=bindparam("at"))
)
