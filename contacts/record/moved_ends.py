"""A contract's end was moved: what was begun for the old one goes on for the new one, or ends.

"Your agreement ends on …" must never leave with a date that no longer holds, nor go out a second
time because somebody corrected that date by a few days. Callers own the transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason
from contacts.record.contracts import trigger_of
from contacts.record.going_on import end_enrolments
from contacts.record.moves import move_touches
from contacts.record.tables import Enrolment, Queued, Touch
from contacts.record.triggers.ends import ends_that_start
from contacts.record.versions import cadences_of


@dataclass(frozen=True, slots=True)
class MovedEnd:
    contract_id: str
    customer_id: int
    """Whose it was."""
    was: date
    is_now: date | None
    """None where it is no contract of this customer any more."""


def ends_moved(connection: Connection, moved: Iterable[MovedEnd], *, now: datetime) -> None:
    """Let the cadences that these contracts started go on for the new end, or end.

    One that would take in the customer today for the new end as well goes on, its days counted to
    that end; another ends, and the new end starts it anew in its own time.
    """
    for one in moved:
        rows = _begun(connection, one)
        cadences = cadences_of(connection, (row.version_id for row in rows))
        over = []
        for row in rows:
            cadence = cadences.get(row.version_id)
            if cadence is None or not _is_due(cadence, one.is_now, now) or one.is_now is None:
                over.append(row.id)
            elif not _has(connection, row, trigger_of(one.contract_id, one.is_now)):
                _go_on(connection, row, cadence, one, now=now)
        end_enrolments(connection, over, state="stopped", reason=Reason.MOVED, now=now)


def _begun(connection: Connection, one: MovedEnd) -> Sequence[Any]:
    return connection.execute(
        select(Enrolment)
        .where(
            Enrolment.customer_id == one.customer_id,
            Enrolment.trigger == trigger_of(one.contract_id, one.was),
        )
        .order_by(Enrolment.id)
        .with_for_update()
    ).all()


def _is_due(cadence: Cadence, end: date | None, now: datetime) -> bool:
    """Whether a contract with this end would start the cadence by now."""
    first, last = ends_that_start(cadence.start, now)
    return end is not None and first <= end <= last


def _has(connection: Connection, row: Any, trigger: str) -> bool:
    """Whether that end started the cadence before: it was moved there and back."""
    other = select(Enrolment.id).where(
        Enrolment.customer_id == row.customer_id,
        Enrolment.cadence == row.cadence,
        Enrolment.trigger == trigger,
    )
    return connection.execute(other).first() is not None


def _go_on(
    connection: Connection, row: Any, cadence: Cadence, one: MovedEnd, *, now: datetime
) -> None:
    assert one.is_now is not None  # noqa: S101  # who has no new end was ended
    values: dict[str, Any] = {"trigger": trigger_of(one.contract_id, one.is_now)}
    if row.state == "active" and cadence.start.before is not None:
        # The round is part of the touches' keys: a step put off anew is no step made before.
        values |= {
            "started_on": row.started_on + (one.is_now - one.was),
            "round": row.round + 1,
        }
        if (position := _taken_back(connection, row.id, cadence)) is not None:
            values |= {"position": position, "plan_at": now}
    connection.execute(update(Enrolment).where(Enrolment.id == row.id).values(values))


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
