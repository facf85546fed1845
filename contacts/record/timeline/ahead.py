"""What is next by itself: touches in the queue or in doubt, the planner's next look, a waiver."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.tables import Customer, Enrolment, Queued, Task, Touch
from contacts.record.timeline.entry import Entry, cap_of, day_of, midnight, step_of


def queued(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in connection.execute(_QUEUED.where(Touch.customer_id == customer_id)):
        yield _planned(row)


def next_of(
    connection: Connection, customer_id: int, *, cadence: str, step_key: str
) -> Entry | None:
    """The touch of this step that is next for the customer, if one is in the queue."""
    query = _QUEUED.where(
        Touch.customer_id == customer_id, Touch.cadence == cadence, Touch.step_key == step_key
    )
    row = connection.execute(query.order_by(Queued.ready_at).limit(1)).one_or_none()
    return None if row is None else _planned(row)


def _planned(row: Any) -> Entry:
    return Entry(
        row.ready_at, "planned", step_of(row), _why_it_waits(row),
        cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
        touch_id=row.id, not_after=row.not_after, cap=cap_of(row),
    )  # fmt: skip


def _why_it_waits(row: Any) -> str:
    """Why a touch in the queue has to wait; until when, and how long at most, if for room."""
    if row.reason not in (Reason.CAPPED, Reason.SPREAD):
        return phrases.reason(row.reason)
    code = cap_of(row)
    until = day_of(row.ready_at, row.timezone)
    return phrases.waits(
        phrases.capped(code) if code else phrases.reason(row.reason),
        until=None if until == day_of(row.due_at, row.timezone) else until,
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


def waiver(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Customer.waived_until, Customer.waiver, Customer.timezone).where(
        Customer.id == customer_id, Customer.waived_until.is_not(None)
    )
    for row in connection.execute(query):
        at = midnight(row.waived_until, row.timezone)
        title = f"Nobody need keep in touch until {row.waived_until}"
        yield Entry(at, "waived", title, row.waiver or "")


_QUEUED = (
    select(Queued.ready_at, Touch, Customer.timezone)
    .join(Touch, Touch.id == Queued.touch_id)
    .join(Customer, Customer.id == Touch.customer_id)
)
