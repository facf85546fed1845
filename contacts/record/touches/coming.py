"""What is planned and waits: how many touches, by cadence, step, channel and day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from contacts.record.many import constant
from contacts.record.tables import Customer, Enrolment, OwnerRow, Queued, Task, Touch


@dataclass(frozen=True, slots=True)
class Coming:
    """So many touches of one step, by one channel, on one day."""

    cadence: str
    step: str
    channel: str
    day: int
    """Which of the days that were asked for; their number for what comes after."""
    count: int


@dataclass(frozen=True, slots=True)
class TouchAhead:
    """A touch that waits, and whom it is for."""

    at: datetime
    customer_id: int
    first_name: str
    last_name: str
    company: str
    email: str | None
    phone: str | None
    timezone: str
    owner: str | None
    channel: str
    cadence: str
    step: str


def coming(
    connection: Connection, ends: Sequence[datetime], *, of: Collection[int] | None
) -> list[Coming]:
    """Touches in the queue and human ones that wait for a person; `ends` are the ends of days.

    What is overdue counts for the first day. `of` are the owners whose customers count; None: all.
    """
    rows: list[Any] = []
    for at in (Queued.ready_at, Task.due_at):
        query = _with_touches(_counted(at, ends), at.class_)
        theirs = query if of is None else _of(query, of)
        rows += connection.execute(
            theirs.group_by(Touch.cadence, Touch.step_key, Touch.channel, "day")
        )
    return list(starmap(Coming, rows))


def on_a_day(
    connection: Connection,
    since: datetime | None,
    until: datetime,
    *,
    of: Collection[int] | None,
    limit: int,
) -> list[TouchAhead]:
    """Those that `coming` counts between two instants, the soonest first; None: from ever on."""
    found: list[TouchAhead] = []
    for at in (Queued.ready_at, Task.due_at):
        query = _named(at).where(at < until)
        if since is not None:
            query = query.where(at >= since)
        if of is not None:
            # As a sum it is in no index: what waits on a day is fewer than an owner's customers.
            query = query.where((Customer.owner_id + 0).in_(sorted(of)))
        found += starmap(TouchAhead, connection.execute(query.order_by(at).limit(limit)))
    return sorted(found, key=lambda one: (one.at, one.customer_id))[:limit]


def messages_until(connection: Connection, end: datetime, *, of: Collection[int] | None) -> int:
    """How many messages are in the queue for before `end`: a look at its front alone."""
    query = (
        select(func.count())
        .select_from(Queued)
        .join(Touch, Touch.id == Queued.touch_id)
        .where(Queued.ready_at < end, Touch.channel.in_([constant("email"), constant("sms")]))
    )
    count: int = connection.execute(query if of is None else _of(query, of)).scalar_one()
    return count


def courses(connection: Connection, *, of: Collection[int] | None) -> dict[tuple[str, str], int]:
    """How many enrolments there are, by cadence and state."""
    query = select(Enrolment.cadence, Enrolment.state, func.count())
    if of is not None:
        query = query.join(Customer, Customer.id == Enrolment.customer_id)
        query = query.where(Customer.owner_id.in_(sorted(of)))
    rows = connection.execute(query.group_by(Enrolment.cadence, Enrolment.state))
    return {(row.cadence, row.state): row[2] for row in rows}


def who_is_at(
    connection: Connection, cadence: str, step: str, *, of: Collection[int] | None, limit: int
) -> list[TouchAhead]:
    """Customers whose touch of this step is next, the soonest first."""
    query = _named(Queued.ready_at).where(Touch.cadence == cadence, Touch.step_key == step)
    if of is not None:
        query = query.where(Customer.owner_id.in_(sorted(of)))
    soonest = query.order_by(Queued.ready_at, Queued.touch_id).limit(limit)
    return list(starmap(TouchAhead, connection.execute(soonest)))


def _named(at: Any) -> Any:
    columns = (
        at, Customer.id, Customer.first_name, Customer.last_name, Customer.company, Customer.email,
        Customer.phone, Customer.timezone, OwnerRow.name, Touch.channel, Touch.cadence,
        Touch.step_key,
    )  # fmt: skip
    return (
        _with_touches(select(*columns).select_from(at.class_), at.class_)
        .join(Customer, Customer.id == Touch.customer_id)
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    )


def _with_touches(query: Any, waiting_in: Any) -> Any:
    """Joined with the touch of each row of the queue, or of each task that a person has of one."""
    if waiting_in is Queued:
        return query.join(Touch, Touch.id == Queued.touch_id)
    held = query.join(Touch, Touch.id == Task.touch_id)
    return held.where(Task.state == constant("open"), Touch.state == "waiting")


def _counted(at: Any, ends: Sequence[datetime]) -> Any:
    day: ColumnElement[int] = case(
        *((at < end, number) for number, end in enumerate(ends)), else_=literal(len(ends))
    )
    return select(
        Touch.cadence, Touch.step_key, Touch.channel, day.label("day"), func.count()
    ).select_from(at.class_)


def _of(query: Any, owners: Collection[int]) -> Any:
    theirs = query.join(Customer, Customer.id == Touch.customer_id)
    return theirs.where(Customer.owner_id.in_(sorted(owners)))
