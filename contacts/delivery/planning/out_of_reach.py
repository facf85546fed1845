"""P5: nobody may go stale because no message is allowed; a person takes over."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.calendar import Place
from contacts.cadences.facts import Facts
from contacts.cadences.working import Roster
from contacts.delivery.due import due_at
from contacts.record.book.absences import roster_of
from contacts.record.customers.silence import limits_of
from contacts.record.work.tasks import NewTask
from contacts.settings import Settings


def reach_tasks(
    connection: Connection,
    unreachable: Collection[tuple[Facts, Place]],
    *,
    settings: Settings,
    now: datetime,
) -> list[NewTask]:
    """A task for each customer whom no message may reach."""
    if not unreachable:
        return []
    roster = roster_of(connection, settings)
    limits = limits_of(connection, [one[0].customer.id for one in unreachable], settings)
    return [
        NewTask(
            customer_id=one[0].customer.id,
            kind="reach",
            title="No message may reach this customer: call, or waive",
            due_at=_reach_by(one, roster, limits[one[0].customer.id], now),
            brief="Every step of a whole round was skipped: no address, no consent, an opt-out, or "
            "no hour at which to write. Call, or record why nobody need keep in touch.",
        )
        for one in unreachable
    ]


def _reach_by(one: tuple[Facts, Place], roster: Roster, limit: int, now: datetime) -> datetime:
    """When the customer would go stale, so that nobody calls again who has just called."""
    customer = one[0].customer
    soon = due_at(roster, one, 3, business=True, now=now)
    if customer.days_since_contact is None:
        return soon
    left = max(0, limit - customer.days_since_contact)
    return max(soon, due_at(roster, one, left, business=False, now=now))
