"""Enrolments and the touches planned for them: what the planner reads and writes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from contacts.record.many import constant, one_of, rows_of
from contacts.record.tables import Base, Enrolment, Touch


@dataclass(slots=True)
class NewEnrolment:
    customer_id: int
    cadence: str
    version_id: int
    trigger: str
    started_at: datetime
    started_on: date
    position: int = 0


@dataclass(slots=True)
class NewTouch:
    customer_id: int
    enrolment_id: int
    cadence: str
    step_key: str
    occurrence: str
    channel: str
    purpose: str
    state: str  # planned or skipped
    reason: str | None
    due_at: datetime
    not_after: datetime
    wall_time: str
    zone: str
    dst_adjusted: bool


@dataclass(slots=True)
class Advance:
    """Where an enrolment stands after planning."""

    enrolment_id: int
    position: int
    round: int
    started_on: date
    plan_at: datetime | None


def enrol(connection: Connection, new: Iterable[NewEnrolment]) -> int:
    """Store these enrolments, ready to be planned; one that its trigger already made stays."""
    rows = rows_of(new, state="active", round=1)
    for row in rows:
        row["plan_at"] = row["started_at"]
    return len(_insert_new(connection, Enrolment, rows, Enrolment.id))


def last_positions(
    connection: Connection, cadence: str, customer_ids: Collection[int]
) -> dict[int, int]:
    """Where each of these customers' latest time on the cadence ended."""
    statement = (
        select(Enrolment.customer_id, Enrolment.position)
        .where(Enrolment.cadence == cadence, one_of(Enrolment.customer_id, "customers"))
        .order_by(Enrolment.id)
    )
    rows = connection.execute(statement, {"customers": customer_ids})
    return {row.customer_id: row.position for row in rows}


def to_plan(connection: Connection, cadence: str, *, now: datetime, limit: int) -> Sequence[Any]:
    """Active enrolments of the cadence at which the planner must look now, locked for it."""
    wanted = {"cadence": cadence, "now": now, "most": limit}
    return connection.execute(_TO_PLAN, wanted).all()


def plan_touches(
    connection: Connection, touches: Iterable[NewTouch], *, now: datetime
) -> dict[int, int]:
    """Store these touches; return enrolment -> touch id of the planned ones that are new.

    A touch whose key exists already is left alone: it was planned, sent or skipped before.
    """
    rows = rows_of(touches, created_at=now, tries=0)
    stored = _insert_new(connection, Touch, rows, Touch.id, Touch.enrolment_id, Touch.state)
    return {row.enrolment_id: row.id for row in stored if row.state == "planned"}


def advance(connection: Connection, places: Collection[Advance]) -> None:
    """Move enrolments to where planning left them."""
    if places:
        connection.execute(
            _ADVANCE,
            [
                {
                    "key": place.enrolment_id,
                    "at": place.position,
                    "turn": place.round,
                    "day_0": place.started_on,
                    "next_look": place.plan_at,
                }
                for place in places
            ],
        )


def _insert_new(
    connection: Connection, table: type[Base], rows: list[dict[str, Any]], *returning: Any
) -> Sequence[Any]:
    """Insert the rows whose unique key is new; return these columns of the ones that were."""
    if not rows:
        return []
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*returning)
    return connection.execute(statement, rows).all()


_TO_PLAN = (
    select(
        Enrolment.id,
        Enrolment.customer_id,
        Enrolment.version_id,
        Enrolment.started_at,
        Enrolment.started_on,
        Enrolment.round,
        Enrolment.position,
        Enrolment.last_made_at,
        Enrolment.last_made,
    )
    .where(
        Enrolment.cadence == bindparam("cadence"),
        Enrolment.state == constant("active"),
        Enrolment.plan_at <= bindparam("now"),
    )
    .order_by(Enrolment.plan_at, Enrolment.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_ADVANCE = (
    update(Enrolment)
    .where(Enrolment.id == bindparam("key"))
    .values(
        position=bindparam("at"),
        round=bindparam("turn"),
        started_on=bindparam("day_0"),
        plan_at=bindparam("next_look"),
    )
)
