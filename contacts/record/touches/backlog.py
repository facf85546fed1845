"""What is overdue in the queue: how much, what of it is too late, and pages of it to look at."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from contacts.record.clock import DatabaseNow
from contacts.record.many import one_of
from contacts.record.tables import Queued, Touch
from contacts.record.touches.queue import Claim


@dataclass(frozen=True, slots=True)
class Overdue:
    """A queued touch whose time has come, or gone."""

    touch_id: int
    enrolment_id: int
    customer_id: int
    cadence: str
    channel: str
    due_at: datetime
    not_after: datetime
    reason: str | None  # why it had to wait, if it had to


def is_anything_ready(connection: Connection, *, now: datetime) -> bool:
    """Whether a claim would find anything."""
    return connection.execute(_READY, {"now": now}).first() is not None


def count_backlog(connection: Connection, *, now: datetime) -> int:
    """How many touches are ready to leave, or were."""
    ready = select(func.count()).select_from(Queued).where(Queued.ready_at <= now)
    count: int = connection.execute(ready).scalar_one()
    return count


def take_too_late(
    connection: Connection, cadence: str, *, now: datetime, limit: int
) -> list[Overdue]:
    """Take touches of the cadence whose time is gone off the queue; no worker's claim is touched.

    They are still planned: callers say what becomes of them.
    """
    late = _overdue(connection, Touch.cadence == cadence, Touch.not_after < now, now, limit)
    take_off(connection, [one.touch_id for one in late])
    return late


def take_off(connection: Connection, touch_ids: Collection[int]) -> None:
    """Take these touches off the queue."""
    if touch_ids:
        statement = delete(Queued).where(one_of(Queued.touch_id, "touches"))
        connection.execute(statement, {"touches": touch_ids})


def written_due_by(connection: Connection, *, due_by: datetime) -> list[Overdue]:
    """Written touches in the queue that were due by an instant; nothing is taken."""
    written = Touch.channel.in_(["email", "sms"])
    return _overdue(connection, written, Touch.due_at <= due_by, None, None)


def backlog_pages(connection: Connection, *, now: datetime, size: int) -> Iterator[list[Claim]]:
    """What is ready at `now`, page after page in the order it leaves; nobody's claim changes."""
    place = tuple_(Queued.ready_at, Queued.touch_id)
    page = (
        select(Queued.ready_at, Queued.touch_id, Queued.fence)
        .where(Queued.ready_at <= now)
        .order_by(Queued.ready_at, Queued.touch_id)
        .limit(size)
    )
    rows = connection.execute(page).all()
    while rows:
        yield [Claim(row.touch_id, row.fence, row.ready_at) for row in rows]
        after = rows[-1]
        rows = connection.execute(page.where(place > tuple_(after.ready_at, after.touch_id))).all()


def _overdue(
    connection: Connection,
    which: ColumnElement[bool],
    when: ColumnElement[bool],
    ready_by: datetime | None,
    limit: int | None,
) -> list[Overdue]:
    statement = (
        select(
            Touch.id,
            Touch.enrolment_id,
            Touch.customer_id,
            Touch.cadence,
            Touch.channel,
            Touch.due_at,
            Touch.not_after,
            Touch.reason,
        )
        .join(Queued, Queued.touch_id == Touch.id)
        .where(Touch.state == "planned", _FREE, which, when)
        .order_by(Queued.ready_at, Queued.touch_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Queued)
    )
    if ready_by is not None:
        statement = statement.where(Queued.ready_at <= ready_by)
    return [Overdue(*row) for row in connection.execute(statement)]


_FREE = or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow())
_READY: Select[Any] = (
    select(literal_column("1"))
    .select_from(Queued)
    .where(Queued.ready_at <= bindparam("now"), _FREE)
    .order_by(Queued.ready_at)
    .limit(1)
)
