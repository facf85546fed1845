"""Human touches that are planned: each becomes a task when its time has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from contacts.record.many import constant
from contacts.record.tables import Customer, OwnerRow, Queued, Touch
from contacts.wording import called


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """Who is to be called, visited or written to, and from when on."""

    id: int
    channel: str
    cadence: str
    step: str
    from_at: datetime
    owner_id: int | None
    """Whose customer it is, and so whose task it will be."""
    owner: str | None
    customer_id: int
    customer: str
    company: str


def planned_touches(
    connection: Connection, *, of: Collection[int] | None, until: datetime, limit: int
) -> list[PlannedTouch]:
    """Those whose time comes before `until`, the soonest first; of nobody whom we leave alone.

    `of` are the owners whose customers count; None: all.
    """
    if of is not None and not of:
        return []
    free = or_(Customer.waived_until.is_(None), Customer.waived_until < until.date())
    query = _PLANNED.where(Touch.due_at < until, Queued.ready_at < until, free)
    if of is not None:
        # As a sum it is in no index: what is planned is fewer than the customers of an owner.
        query = query.where((Customer.owner_id + 0).in_(sorted(of)))
    rows = connection.execute(query.order_by(Touch.due_at, Touch.id).limit(limit))
    return sorted(map(_planned, rows), key=lambda one: (one.from_at, one.id))


def _planned(row: Any) -> PlannedTouch:
    return PlannedTouch(
        id=row.id,
        channel=row.channel,
        cadence=row.cadence,
        step=row.step_key,
        from_at=row.ready_at,
        owner_id=row.owner_id,
        owner=row.owner,
        customer_id=row.customer_id,
        customer=called(row) or row.email or row.phone or f"customer {row.customer_id}",
        company=row.company,
    )


_PLANNED = (
    select(
        Touch.id, Touch.channel, Touch.cadence, Touch.step_key, Touch.customer_id, Queued.ready_at,
        Customer.owner_id, OwnerRow.name.label("owner"), Customer.first_name, Customer.last_name,
        Customer.company, Customer.email, Customer.phone,
    )
    .join(Queued, Queued.touch_id == Touch.id)
    .join(Customer, Customer.id == Touch.customer_id)
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(
        Touch.state == constant("planned"),
        Touch.channel.in_([constant("call"), constant("visit"), constant("letter")]),
    )
)  # fmt: skip
