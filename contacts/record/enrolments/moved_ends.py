"""A contract's end was moved: what was begun for the old one goes on for the new one, or ends.

"Your agreement ends on …" must never leave with a date that no longer holds, nor go out a second
time because somebody corrected that date by a few days. Callers own the transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update

from contacts.cadences.model import Cadence, Step
from contacts.cadences.reasons import Reason
from contacts.record.enrolments.taking_up import take_up_again
from contacts.record.orders.contracts import trigger_of
from contacts.record.tables import Enrolment, Queued, Touch
from contacts.record.touches.going_on import end_enrolments
from contacts.record.touches.moves import move_touches
from contacts.record.triggers.ends import ends_that_start
from contacts.record.versions import cadences_of
from contacts.record.work.moved_tasks import tell_in_tasks


@dataclass(frozen=True, slots=True)
class MovedEnd:
    contract_id: str
    customer_id: int
    was: date | None
    """None where it was no contract of this customer before."""
    is_now: date | None
    """None where it is none any more."""


def ends_moved(connection: Connection, moved: Iterable[MovedEnd], *, now: datetime) -> None:
    """Let the cadences that these contracts started go on for the new end, or end.

    One that would take in the customer today for the new end as well goes on, its days counted to
    that end; another ends, and the new end starts it anew in its own time. If the end is moved back
    it goes on where it was, for its trigger takes nobody in twice.
    """
    for one in moved:
        # First, for who closes a task locks it before its enrolment.
        tell_in_tasks(connection, one.customer_id, one.contract_id, one.is_now, now=now)
        begun = _begun(connection, one)
        cadences = cadences_of(connection, (row.version_id for row in begun))
        for rows in _by_cadence(begun, one):
            _move(connection, rows, cadences, one, now=now)


class _Begun(NamedTuple):
    """What a contract began of one cadence: for the end that was, and before for the one of now."""

    old: Any = None
    new: Any = None


def _begun(connection: Connection, one: MovedEnd) -> Sequence[Any]:
    ends = (end for end in (one.was, one.is_now) if end is not None)
    return connection.execute(
        select(Enrolment)
        .where(
            Enrolment.customer_id == one.customer_id,
            Enrolment.trigger.in_([trigger_of(one.contract_id, end) for end in ends]),
        )
        .order_by(Enrolment.id)
        .with_for_update()
    ).all()


def _by_cadence(begun: Iterable[Any], one: MovedEnd) -> Iterator[_Begun]:
    found: dict[str, _Begun] = {}
    for row in begun:
        is_old = one.was is not None and row.trigger == trigger_of(one.contract_id, one.was)
        known = found.get(row.cadence, _Begun())
        found[row.cadence] = known._replace(old=row) if is_old else known._replace(new=row)
    yield from found.values()


def _move(
    connection: Connection,
    rows: _Begun,
    cadences: dict[int, Cadence],
    one: MovedEnd,
    *,
    now: datetime,
) -> None:
    is_on = rows.old is not None and rows.old.state == "active"
    cadence = cadences.get((rows.old if is_on else rows.new or rows.old).version_id)
    if cadence is None or not _is_due(cadence, one.is_now, now):
        over = [] if rows.old is None else [rows.old.id]
        end_enrolments(connection, over, state="stopped", reason=Reason.MOVED, now=now)
    elif rows.new is None:
        _go_on(connection, rows.old, cadence, one, now=now)
    elif is_on:
        _change_places(connection, rows.old, rows.new)
        _go_on(connection, rows.old, cadence, one, now=now)
    else:
        take_up_again(connection, rows.new, cadence, now=now)


def _is_due(cadence: Cadence, end: date | None, now: datetime) -> bool:
    """Whether a contract with this end would start the cadence by now."""
    first, last = ends_that_start(cadence.start, now)
    return end is not None and first <= end <= last


def _change_places(connection: Connection, old: Any, new: Any) -> None:
    """Give the trigger that is free again to the one that had the other, for each is one's own."""
    for row, trigger in ((old, f"moved:{old.id}"), (new, old.trigger)):
        connection.execute(update(Enrolment).where(Enrolment.id == row.id).values(trigger=trigger))


def _go_on(
    connection: Connection, row: Any, cadence: Cadence, one: MovedEnd, *, now: datetime
) -> None:
    assert one.was is not None  # noqa: S101  # it began something
    assert one.is_now is not None  # noqa: S101  # it is due
    values: dict[str, Any] = {"trigger": trigger_of(one.contract_id, one.is_now)}
    if row.state == "active" and cadence.start.before is not None:
        position = _taken_back(connection, row.id, cadence)
        following = row.position if position is None else position
        # The round is part of the touches' keys: a step put off anew is no step made before.
        values |= {
            "started_on": _day_0(row, cadence.steps[following:], one.is_now - one.was, now),
            "round": row.round + 1,
        }
        if position is not None:
            values |= {"position": position, "plan_at": now}
    connection.execute(update(Enrolment).where(Enrolment.id == row.id).values(values))


def _day_0(row: Any, following: Sequence[Step], later: timedelta, now: datetime) -> date:
    """As much later as the end is; if sooner, so that the step that follows is today's at most.

    Put into the past it would be out of date and left out, though nobody was late with it.
    """
    was: date = row.started_on
    moved = was + later
    if not following or following[0].day is None:
        return moved
    return max(moved, min(was, now.date() - timedelta(days=following[0].day)))


def _taken_back(connection: Connection, enrolment_id: int, cadence: Cadence) -> int | None:
    """Take back the touch that waits to leave; return the place of its step, None without one."""
    waiting = connection.execute(
        select(Touch.id, Touch.step_key)
        .join(Queued, Queued.touch_id == Touch.id)
        .where(Touch.enrolment_id == enrolment_id, Touch.state == "planned")
    ).first()
    if waiting is None:
        return None
    connection.execute(delete(Queued).where(Queued.touch_id == waiting.id))
    move_touches(connection, [waiting.id], "skipped", reason=Reason.MOVED)
    return [step.key for step in cadence.steps].index(waiting.step_key)
