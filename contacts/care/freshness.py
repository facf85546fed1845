"""The proof that nobody goes stale: each active customer is in hand, or is listed with the reason.

In hand means: a touch is planned (and not long overdue) or on its way, a person has a task, or
somebody said until when nobody need keep in touch. Being recently in touch is not enough, since
nothing would come next.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from contacts.cadences.reasons import Reason
from contacts.cadences.timezones import zone
from contacts.record import phrases
from contacts.record.tables import Customer, Enrolment, OwnerRow, Queued, Task, Touch
from contacts.settings import Settings

_ADD = "if that does not help, add a cadence that starts on customer.idle"
ON_THE_WAY = ("sending", "unknown")
"""A person's task covers the rest: what needs review is nobody's next touch by itself."""
OVERDUE = timedelta(days=30)
"""Past it a planned touch is no promise any more: something keeps it from leaving."""


class Cover(StrEnum):
    """What has a customer in hand, the strongest first."""

    TOUCH = "touch"  # a planned message, or one whose outcome is not settled
    TASK = "task"  # a person has something to do
    WAIVER = "waiver"  # until a day
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An active customer with nothing planned, and why."""

    customer_id: int
    name: str
    owner: str | None
    last_contact_at: datetime | None
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Freshness:
    active: int
    by_touch: int
    by_task: int
    waived: int
    overdue: int
    """Out of touch for longer than their tier allows, in hand or not; for information."""
    uncovered_count: int
    stale: int = 0
    """Of the uncovered those who are out of touch for too long."""
    uncovered: list[Uncovered] = field(default_factory=list)
    """The first of them, longest out of touch first."""

    @property
    def covered(self) -> int:
        return self.by_touch + self.by_task + self.waived

    @property
    def holds(self) -> bool:
        return self.uncovered_count == 0


def freshness(
    connection: Connection, *, now: datetime, settings: Settings, limit: int = 1000
) -> Freshness:
    """Count who is in hand, and list up to `limit` who are not."""
    cover = cover_of(now).label("cover")
    overdue = case((out_of_touch(settings, now), 1), else_=0)
    counted = connection.execute(
        select(cover, func.count(), func.sum(overdue))
        .where(Customer.active.is_(True))
        .group_by(cover)
    ).all()
    count = {name: number for name, number, _ in counted}
    late = {name: number for name, _, number in counted}
    none = count.get(Cover.NONE, 0)
    return Freshness(
        active=sum(count.values()),
        by_touch=count.get(Cover.TOUCH, 0),
        by_task=count.get(Cover.TASK, 0),
        waived=count.get(Cover.WAIVER, 0),
        overdue=sum(late.values()),
        uncovered_count=none,
        stale=late.get(Cover.NONE, 0),
        uncovered=_uncovered(connection, now, limit) if none else [],
    )


def cover_of(now: datetime) -> ColumnElement[str]:
    """What has a customer in hand, in SQL; each part is one look at an index."""
    planned = and_(
        Touch.state == "planned", Queued.touch_id.is_not(None), Touch.due_at >= now - OVERDUE
    )
    touch = (
        select(Touch.id)
        .outerjoin(Queued, Queued.touch_id == Touch.id)
        .where(Touch.customer_id == Customer.id, or_(Touch.state.in_(ON_THE_WAY), planned))
        .correlate(Customer)
        .exists()
    )
    task = exists().where(Task.customer_id == Customer.id, Task.state == "open")
    return case(
        (touch, Cover.TOUCH.value),
        (task, Cover.TASK.value),
        (Customer.waived_until >= now.date(), Cover.WAIVER.value),
        else_=Cover.NONE.value,
    )


def out_of_touch(settings: Settings, now: datetime) -> ColumnElement[bool]:
    """Whether the last contact, or being added, is longer ago than the customer's tier allows."""
    tiers = settings.freshness_days_by_tier
    return or_(
        and_(Customer.tier.not_in(list(tiers)), _quiet_for(settings.freshness_days, now)),
        *(and_(Customer.tier == tier, _quiet_for(days, now)) for tier, days in tiers.items()),
    )


def _quiet_for(days: int, now: datetime) -> ColumnElement[bool]:
    since = func.coalesce(Customer.last_contact_at, Customer.created_at)
    return since < now - timedelta(days=days)


def _uncovered(connection: Connection, now: datetime, limit: int) -> list[Uncovered]:
    rows = connection.execute(
        select(Customer, OwnerRow.name.label("owner"))
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
        .where(Customer.active.is_(True), cover_of(now) == Cover.NONE.value)
        .order_by(Customer.last_contact_at.asc().nulls_first(), Customer.id)
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    latest, stuck = _latest_enrolments(connection, ids), _stuck(connection, ids)
    return [_named(row, latest.get(row.id), stuck.get(row.id), now) for row in rows]


def _latest_enrolments(connection: Connection, customer_ids: list[int]) -> dict[int, Any]:
    rows = connection.execute(
        select(
            Enrolment.customer_id,
            Enrolment.cadence,
            Enrolment.state,
            Enrolment.reason,
            Enrolment.plan_at,
        )
        .where(Enrolment.customer_id.in_(customer_ids))
        .order_by(Enrolment.started_at, Enrolment.id)
    )
    return {row.customer_id: row for row in rows}


def _stuck(connection: Connection, customer_ids: list[int]) -> dict[int, Any]:
    """Queued touches of customers whom these do not cover, so they are long overdue."""
    rows = connection.execute(
        select(Touch.customer_id, Touch.cadence, Touch.due_at, Touch.reason)
        .join(Queued, Queued.touch_id == Touch.id)
        .where(Touch.customer_id.in_(customer_ids), Touch.state == "planned")
        .order_by(Touch.due_at, Touch.id)
    )
    return {row.customer_id: row for row in rows}


def _named(row: Any, latest: Any, stuck: Any, now: datetime) -> Uncovered:
    reason, remedy = _overdue(stuck) if stuck is not None else _why(row, latest, now)
    return Uncovered(
        customer_id=row.id,
        name=f"{row.first_name} {row.last_name}".strip() or row.company,
        owner=row.owner,
        last_contact_at=row.last_contact_at,
        reason=reason,
        remedy=remedy,
    )


def _overdue(stuck: Any) -> tuple[str, str]:
    because = f" ({words})" if (words := phrases.reason(stuck.reason)) else ""
    return (
        f"a touch of '{stuck.cadence}' was due on {stuck.due_at:%Y-%m-%d} and never left{because}",
        "let the flows run; if they do, see whether the cadence is paused, and 'touchline channel "
        "status'",
    )


def _why(row: Any, latest: Any, now: datetime) -> tuple[str, str]:
    if not _is_known(row.timezone):
        unknown = f"the time zone {row.timezone!r} is not known here, so nothing can be planned"
        return unknown, "correct it in customers.csv and import that"
    waive = "call or visit, and log it; or log a note with --waive-until"
    if latest is None and row.waived_until is not None:
        return f"the waiver ended on {row.waived_until}, and no cadence took over", waive
    if latest is None:
        return "no cadence has taken them in", f"run 'touchline tick'; {_ADD}"
    if latest.state == "active" and latest.plan_at is None:
        return f"'{latest.cadence}' waits for a touch that is not there", waive
    if latest.state == "active" and latest.plan_at <= now:
        return f"'{latest.cadence}' has not been planned yet", "run 'touchline tick'"
    if latest.state == "active":
        return f"'{latest.cadence}' plans its next step on {latest.plan_at:%Y-%m-%d}", waive
    ended = "stopped" if latest.state == "stopped" else "is finished"
    because = f": {words}" if (words := phrases.reason(latest.reason)) else ""
    if latest.reason in (Reason.OPTED_OUT, Reason.UNREACHABLE):
        return f"'{latest.cadence}' {ended}{because}", waive
    return f"'{latest.cadence}' {ended}{because}", f"run 'touchline tick'; {_ADD}"


def _is_known(timezone: str) -> bool:
    try:
        zone(timezone)
    except ValueError:
        return False
    return True
