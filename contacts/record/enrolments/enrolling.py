"""Enrolments and the touches planned for them: what the planner reads and writes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Insert,
    bindparam,
    literal_column,
    select,
    true,
    update,
)

from contacts.record.given import Given
from contacts.record.inserting import insert_into
from contacts.record.many import constant, one_of
from contacts.record.tables import Base, Enrolment, Instant, Touch


@dataclass(slots=True)
class NewEnrolment:
    customer_id: int
    cadence: str
    version_id: int
    trigger: str
    started_at: datetime
    started_on: date
    plan_at: datetime | None
    """Empty where its first touch is stored with it."""
    position: int = 0
    round: int = 1


class Unplanned(NamedTuple):
    """An active enrolment whose next touch is to be planned."""

    id: int
    customer_id: int
    version_id: int
    started_at: datetime
    started_on: date
    round: int
    position: int
    last_made_at: datetime | None
    last_made: int | None


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
    """Where the enrolment of this id stands after planning."""

    id: int
    position: int
    round: int
    started_on: date
    plan_at: datetime | None


def enrol(connection: Connection, new: Iterable[NewEnrolment]) -> dict[int, int]:
    """Store these enrolments of different customers; return customer -> id of those that are new.

    One that its trigger made already stays as it is.
    """
    rows = _NEW_ENROLMENTS.rows(new)
    if not rows:
        return {}
    stored = connection.execute(_enrolling(connection.dialect.name), {"rows": rows}).all()
    return {row.customer_id: row.id for row in stored}


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


def occurrences(
    connection: Connection, cadence: str, customer_ids: Collection[int]
) -> set[tuple[int, str]]:
    """(customer, occurrence) of the touches that these customers ever had of the cadence."""
    wanted = {"customers": customer_ids, "cadence": cadence}
    return {(row.customer_id, row.occurrence) for row in connection.execute(_OCCURRENCES, wanted)}


def to_plan(
    connection: Connection,
    cadence: str,
    *,
    now: datetime,
    limit: int,
    among: Collection[int] | None = None,
) -> list[Unplanned]:
    """The enrolments of the cadence at which the planner must look now, locked for it.

    With `among` those of these customers alone.
    """
    wanted: dict[str, Any] = {"cadence": cadence, "now": now, "most": limit}
    these = _TO_PLAN
    if among is not None:
        these, wanted["customers"] = these.where(one_of(Enrolment.customer_id, "customers")), among
    return [Unplanned._make(row) for row in connection.execute(these, wanted).all()]


def plan_touches(
    connection: Connection, touches: Iterable[NewTouch], *, now: datetime
) -> dict[int, int]:
    """Store these touches; return enrolment -> touch id of the planned ones that are new.

    A touch whose key exists already is left alone: it was planned, sent or skipped before.
    """
    rows = _NEW_TOUCHES.rows(touches)
    if not rows:
        return {}
    planning = _planning(connection.dialect.name)
    stored = connection.execute(planning, {"rows": rows, "now": now}).all()
    return {enrolment: touch for touch, enrolment, state in stored if state == "planned"}


def advance(connection: Connection, places: Collection[Advance]) -> None:
    """Move enrolments to where planning left them."""
    if places:
        connection.execute(_ADVANCE, {"rows": _PLACES.rows(places)})


_NEW_ENROLMENTS = Given(Enrolment, *(field.name for field in fields(NewEnrolment)))
_NEW_TOUCHES = Given(Touch, *(field.name for field in fields(NewTouch)))


@cache
def _enrolling(dialect: str) -> Executable:
    new = _insert_new(dialect, Enrolment, _NEW_ENROLMENTS, {"state": constant("active")})
    return new.returning(Enrolment.customer_id, Enrolment.id)


@cache
def _planning(dialect: str) -> Executable:
    also = {"created_at": bindparam("now", type_=Instant()), "tries": literal_column("0")}
    return _insert_new(dialect, Touch, _NEW_TOUCHES, also).returning(
        Touch.id, Touch.enrolment_id, Touch.state
    )


def _insert_new(
    dialect: str, table: type[Base], given: Given, also: Mapping[str, ColumnElement[Any]]
) -> Insert:
    """Insert the given rows whose unique key is new, each with the same further columns."""
    # SQLite takes the ON of a conflict for a join's, unless a WHERE stands before it.
    rows = select(*given.columns(), *also.values()).where(true())
    new = insert_into(dialect, table).from_select(
        [*given.names, *also], rows, include_defaults=False
    )
    return new.on_conflict_do_nothing()


_OCCURRENCES = (
    select(Touch.customer_id, Touch.occurrence)
    .where(one_of(Touch.customer_id, "customers"), Touch.cadence == bindparam("cadence"))
    .distinct()
)
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
_PLACES = Given(Enrolment, *(field.name for field in fields(Advance)))
_ADVANCE = (
    update(Enrolment)
    .where(Enrolment.id == _PLACES["id"])
    .values({name: _PLACES[name] for name in _PLACES.names if name != "id"})
)
