"""The queue of what is to be sent: claim, leave through the gate, put back.

Every statement here names the fence that the worker claimed under, so a worker whose lease ended,
and whose touches another one has claimed since, changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from contacts.record.clock import DatabaseNow
from contacts.record.given import Given
from contacts.record.many import one_of
from contacts.record.tables import Queued


class Claim(NamedTuple):
    """A worker's hold on one queued touch."""

    touch_id: int
    fence: int
    ready_at: datetime


def enqueue(connection: Connection, ready: Mapping[int, datetime]) -> None:
    """Queue these touches, each ready at its instant."""
    if ready:
        connection.execute(_ENQUEUE, {"rows": list(ready.items())})


def claim(connection: Connection, *, now: datetime, limit: int, lease_seconds: int) -> list[Claim]:
    """Take up to `limit` ready touches for `lease_seconds` on the database's clock."""
    claiming = _claiming(connection.dialect.name, lease_seconds)
    in_turn = sorted(connection.execute(claiming, {"now": now, "most": limit}).all())
    return [Claim(touch_id, fence, ready_at) for ready_at, touch_id, fence in in_turn]


def leave(connection: Connection, claims: Sequence[Claim]) -> set[int]:
    """Take claimed touches off the queue for good; return those whose claim still held.

    This is the fence of the gate: in one statement a fence, its row's removal and a valid lease.
    """
    left: set[int] = set()
    for fence, touch_ids in _by_fence(claims):
        left.update(connection.execute(_LEAVE, {"touches": touch_ids, "held": fence}).scalars())
    return left


def put_back(connection: Connection, later: Mapping[Claim, datetime]) -> None:
    """Give claims back, each ready again at its instant; a claim that no longer holds is let be."""
    if later:
        connection.execute(
            _PUT_BACK,
            [
                {"touch": claim.touch_id, "held": claim.fence, "at": at}
                for claim, at in later.items()
            ],
        )


def _by_fence(claims: Sequence[Claim]) -> Iterable[tuple[int, list[int]]]:
    ordered = sorted(claims, key=lambda claim: claim.fence)
    for fence, group in groupby(ordered, key=lambda claim: claim.fence):
        yield fence, [claim.touch_id for claim in group]


@cache
def _claiming(dialect: str, lease_seconds: int) -> Executable:
    free = and_(
        Queued.ready_at <= bindparam("now"),
        or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow()),
    )
    return (
        update(Queued)
        .where(*(_first_on_postgresql(free) if dialect == "postgresql" else _first(free)))
        .values(fence=Queued.fence + 1, lease_until=DatabaseNow(lease_seconds))
        .returning(Queued.ready_at, Queued.touch_id, Queued.fence)
    )


def _first(free: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """The first `most` that are free, where one transaction writes at a time: a stretch of the key.

    By the touch each of them would be looked for in another place of an index of the whole queue.
    """
    first = select(*_PLACE).where(free).order_by(*_PLACE).limit(bindparam("most")).subquery()
    last = select(*first.c).order_by(*(column.desc() for column in first.c)).limit(1)
    return free, tuple_(*_PLACE) <= last.scalar_subquery()


def _first_on_postgresql(free: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """Those of them that no other worker is taking, each by where it lies.

    By its key it would look for each in the whole of the queue.
    """
    place: ColumnElement[Any] = literal_column("queue.ctid")
    first = select(place).where(free).order_by(*_PLACE).limit(bindparam("most"))
    these = first.with_for_update(skip_locked=True).scalar_subquery()
    return (place == any_(func.array(these)),)


_PLACE = (Queued.ready_at, Queued.touch_id)
_READY = Given(Queued, "touch_id", "ready_at")
_ENQUEUE = insert(Queued).from_select(
    [*_READY.names, "fence"], select(*_READY.columns(), literal_column("0")), include_defaults=False
)
_LEAVE = (
    delete(Queued)
    .where(
        one_of(Queued.touch_id, "touches"),
        Queued.fence == bindparam("held"),
        Queued.lease_until > DatabaseNow(),
    )
    .returning(Queued.touch_id)
)
_PUT_BACK = (
    update(Queued)
    .where(Queued.touch_id == bindparam("touch"), Queued.fence == bindparam("held"))
    .values(ready_at=bindparam("at"), lease_until=None)
)
