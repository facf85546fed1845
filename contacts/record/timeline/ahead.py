"""What is next by itself: touches in the queue or in doubt, the planner's next look, a waiver."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from contacts.record import phrases
from contacts.record.tables import Customer, Enrolment, Queued, Task, Touch
from contacts.record.timeline.entry import Entry, midnight, step_of


def queued(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Queued.ready_at, Touch)
        .join(Touch, Touch.id == Queued.touch_id)
        .where(Touch.customer_id == customer_id)
    )
    for row in connection.execute(query):
        yield Entry(
            row.ready_at, "planned", step_of(row), phrases.reason(row.reason),
            cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
            touch_id=row.id,
        )  # fmt: skip


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
