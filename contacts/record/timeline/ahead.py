"""What is next by itself: touches in the queue or in doubt, the planner's next look, a waiver."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.outlook import Outlook
from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.tables import Customer, Enrolment, Queued, Task, Touch
from contacts.record.timeline.entry import Entry, cap_of, day_of, midnight, step_of
from contacts.record.timeline.foreseen import foreseen
from contacts.settings import Settings
from contacts.wording import day_in_words


def queued(
    connection: Connection, customer_id: int, *, settings: Settings, now: datetime
) -> Iterator[Entry]:
    """Planned touches, each as it will be by what the customer chose and answered."""
    rows = connection.execute(_QUEUED.where(Touch.customer_id == customer_id)).all()
    seen = foreseen(connection, customer_id, rows, settings=settings, now=now)
    return (_planned(row, seen.get(row.id), now) for row in rows)


def next_of(
    connection: Connection,
    customer_id: int,
    *,
    step: tuple[str, str],
    settings: Settings,
    now: datetime,
) -> Entry | None:
    """The touch of this step of a cadence that is next for the customer, if one is queued."""
    cadence, key = step
    query = _QUEUED.where(
        Touch.customer_id == customer_id, Touch.cadence == cadence, Touch.step_key == key
    )
    rows = connection.execute(query.order_by(Queued.ready_at).limit(1)).all()
    seen = foreseen(connection, customer_id, rows, settings=settings, now=now)
    return next((_planned(row, seen.get(row.id), now) for row in rows), None)


def _planned(row: Any, seen: Outlook | None, now: datetime) -> Entry:
    entry = Entry(
        row.ready_at, "planned", step_of(row), _why_it_waits(row, row.reason, row.ready_at),
        cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
        touch_id=row.id, not_after=row.not_after, cap=cap_of(row),
    )  # fmt: skip
    if seen is None:
        return entry
    if seen.becomes == "skipped":
        title, why = f"{entry.title} will be skipped", phrases.reason(seen.reason)
        return replace(entry, kind="skipped", title=title, detail=why, reason=seen.reason, cap=None)
    if seen.becomes == "held":
        given_up = day_of(row.not_after, row.timezone)
        why = phrases.held(phrases.reason(seen.reason), not_after=given_up)
        return replace(entry, kind="held", detail=why, reason=seen.reason, cap=None)
    if seen.reason is not None:
        why = _why_it_waits(row, seen.reason, seen.at)
        return replace(entry, at=seen.at, detail=why, reason=seen.reason, cap=None)
    if row.reason in _ANSWERED:
        entry = replace(entry, detail="", reason=None)
    return entry if entry.detail or entry.at >= now else replace(entry, detail=_DUE)


def _why_it_waits(row: Any, reason: str | None, until: datetime) -> str:
    """Why a touch in the queue has to wait; to what other day, and how long at most."""
    if reason not in _FOR_DAYS:
        return phrases.reason(reason)
    code = cap_of(row) if reason == Reason.CAPPED else None
    day = day_of(until, row.timezone)
    return phrases.waits(
        phrases.capped(code) if code else phrases.reason(reason),
        until=None if day == day_of(row.due_at, row.timezone) else day,
        not_after=day_of(row.not_after, row.timezone),
    )


def unsettled(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Touches in doubt; one that is a person's task by now is told as that task alone."""
    query = (
        select(Touch)
        .outerjoin(Task, Task.touch_id == Touch.id)
        .where(
            Touch.customer_id == customer_id,
            Touch.state.in_(["sending", "unknown", "needs_review"]),
            Task.id.is_(None),
        )
    )
    for row in connection.execute(query):
        decide = row.state == "needs_review"
        words = "say whether it arrived" if decide else "waits for the provider's word"
        yield Entry(
            row.due_at, "decide" if decide else "wait", f"{step_of(row)}: {words}",
            cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
            touch_id=row.id,
        )  # fmt: skip


def plans(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Enrolment).where(
        Enrolment.customer_id == customer_id,
        Enrolment.state == "active",
        Enrolment.plan_at.is_not(None),
    )
    for row in connection.execute(query):
        if row.plan_at is not None:
            yield Entry(row.plan_at, "plan", "Touchline plans the next step", cadence=row.cadence)


def waiver(connection: Connection, customer_id: int, *, now: datetime) -> Iterator[Entry]:
    """The one that holds, counted as wherever it is asked for: its last day is whole."""
    query = select(Customer.waived_until, Customer.waiver, Customer.timezone).where(
        Customer.id == customer_id, Customer.waived_until >= now.date()
    )
    for row in connection.execute(query):
        at = midnight(row.waived_until, row.timezone)
        title = f"We leave them alone until {day_in_words(row.waived_until)}"
        yield Entry(at, "waived", title, row.waiver or "")


_FOR_DAYS = (Reason.CAPPED, Reason.SPREAD, Reason.CUSTOMER_PAUSED, Reason.WAIVED)
_DUE = "due: the next pass sees to it"
_ANSWERED = (Reason.UNCLEAR, Reason.UNCONFIRMED)
"""Why the gate put a touch back, where somebody's word has let it go since."""
_QUEUED = (
    select(Queued.ready_at, Touch, Customer.timezone, Enrolment.version_id)
    .join(Touch, Touch.id == Queued.touch_id)
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .join(Customer, Customer.id == Touch.customer_id)
)
