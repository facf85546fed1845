"""Whether a cadence has done its work for a customer, or has been overtaken by an order."""

from datetime import datetime

from contacts.cadences.calendar import local_date
from contacts.cadences.conditions import compile_condition
from contacts.cadences.facts import Facts, as_context
from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason


def ended(cadence: Cadence, started_at: datetime, facts: Facts) -> Reason | None:
    """Why the cadence is over for this customer, or None.

    An order counts from the customer's local day on which the enrolment began. (Its `started_on`
    is day 0 of the round, which moves on as a cadence repeats; an order between two rounds lies
    before it.)
    """
    stop, last_order = cadence.stop, facts.orders.last_on
    if stop.goal is not None and compile_condition(stop.goal).holds(as_context(facts)):
        return Reason.GOAL
    if last_order is None or "order" not in stop.on:
        return None
    since = local_date(started_at, facts.customer.timezone)
    return Reason.ORDERED if last_order >= since else None
