"""Whether a cadence is over for a customer: done, overtaken by an order, or out of reach."""

from datetime import datetime

from contacts.cadences.calendar import local_date
from contacts.cadences.conditions import compile_condition
from contacts.cadences.facts import Facts, as_context
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason


def ended(cadence: Cadence, started_at: datetime, facts: Facts) -> Reason | None:
    """Why the cadence is over for this customer, or None.

    An order counts from the customer's local day on which the enrolment began. (Its `started_on`
    is day 0 of the round, which moves on as a cadence repeats; an order between two rounds lies
    before it.)
    """
    stop, last_order = cadence.stop, facts.orders.last_on
    if stop.goal is not None:
        goal = compile_condition(stop.goal)
        if goal.holds(as_context(facts, cadence.name)):
            return Reason.GOAL
    if last_order is None or "order" not in stop.on:
        return None
    since = local_date(started_at, facts.customer.timezone)
    return Reason.ORDERED if last_order >= since else None


def ends_on_opt_out(cadence: Cadence, position: int, reach: Reach) -> bool:
    """Whether a word of the customer's that left them this reach ends a cadence at this step.

    It does where the file says so and no written step still to come can reach them. As long as one
    can, by its own channel or the other, the cadence goes on by it; so does what people do. One
    that has no step to come is done, and no opt-out ends it.
    """
    if "opt_out" not in cadence.stop.on:
        return False
    ahead = cadence.steps[position:] if cadence.repeat is None else cadence.steps
    return bool(ahead) and not any(_reaches_in_writing(reach, step) for step in ahead)


def _reaches_in_writing(reach: Reach, step: Step) -> bool:
    route = reach.route(step)
    return isinstance(route, Kind) and not route.is_human
