"""P5: nobody may go stale because no message is allowed; a person takes over."""

from collections.abc import Iterable
from datetime import datetime

from contacts.cadences.calendar import Place, deadline
from contacts.cadences.facts import CustomerFacts, Facts
from contacts.record.tasks import NewTask
from contacts.settings import Settings


def reach_tasks(
    unreachable: Iterable[tuple[Facts, Place]], *, settings: Settings, now: datetime
) -> list[NewTask]:
    """A task for each customer whom no message may reach."""
    return [
        NewTask(
            customer_id=facts.customer.id,
            kind="reach",
            title="No message may reach this customer: call, or waive",
            due_at=_reach_by(facts.customer, place, settings, now),
            brief="Every step of a whole round was skipped: no address, no consent, an opt-out, or "
            "no hour at which to write. Call, or record why nobody need keep in touch.",
        )
        for facts, place in unreachable
    ]


def _reach_by(customer: CustomerFacts, place: Place, settings: Settings, now: datetime) -> datetime:
    """When the customer would go stale, so that nobody calls again who has just called."""
    soon = deadline(now, 3, business=True, place=place)
    if customer.days_since_contact is None:
        return soon
    fresh = settings.freshness_days_by_tier.get(customer.tier, settings.freshness_days)
    return max(
        soon, deadline(now, fresh - customer.days_since_contact, business=False, place=place)
    )
