"""Takes up a cadence again that ended because a contract's end was moved, and now is moved back.

Callers own the transaction.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason
from contacts.record.tables import Enrolment, Event, Touch

_UNDER_WAY = frozenset({"waiting", "sending", "unknown"})
"""What is heard of these lets the planner go on by itself."""


def take_up_again(connection: Connection, ended: Any, cadence: Cadence, *, now: datetime) -> None:
    """Let this enrolment go on where it was; one that ended for another reason stays so."""
    if ended.state != "stopped" or ended.reason != Reason.MOVED:
        return
    if _is_on_it(connection, ended) or _has_answered(connection, ended, cadence):
        return
    values = _where_it_was(connection, ended, cadence, now)
    # The round is part of the touches' keys: what was skipped at its end may come after all.
    values |= {"state": "active", "reason": None, "ended_at": None, "round": ended.round + 1}
    connection.execute(update(Enrolment).where(Enrolment.id == ended.id).values(values))


def _is_on_it(connection: Connection, ended: Any) -> bool:
    """Whether another contract has them on the cadence, which has one time for each customer."""
    another = select(Enrolment.id).where(
        Enrolment.customer_id == ended.customer_id,
        Enrolment.cadence == ended.cadence,
        Enrolment.state == "active",
    )
    return connection.execute(another.limit(1)).first() is not None


def _has_answered(connection: Connection, ended: Any, cadence: Cadence) -> bool:
    """Whether they wrote meanwhile, which would have ended it; orders the planner sees itself."""
    if "reply" not in cadence.stop.on:
        return False
    since = select(Event.id).where(
        Event.customer_id == ended.customer_id,
        Event.kind == "replied",
        Event.occurred_at >= ended.ended_at,
    )
    return connection.execute(since.limit(1)).first() is not None


def _where_it_was(
    connection: Connection, ended: Any, cadence: Cadence, now: datetime
) -> dict[str, Any]:
    """Its step again if that was skipped at the end, else behind what was made of it."""
    last = connection.execute(
        select(Touch.step_key, Touch.state, Touch.made_at)
        .where(Touch.enrolment_id == ended.id)
        .order_by(Touch.id.desc())
        .limit(1)
    ).one_or_none()
    keys = [step.key for step in cadence.steps]
    is_here = last is not None and keys[ended.position : ended.position + 1] == [last.step_key]
    if last is None or not is_here or last.state == "skipped":
        return {"plan_at": now}
    if last.state in _UNDER_WAY:
        return {"plan_at": None}
    made = {"last_made_at": last.made_at, "last_made": ended.position} if last.made_at else {}
    return {"plan_at": now, "position": ended.position + 1, **made}
