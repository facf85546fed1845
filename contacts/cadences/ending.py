"""Whether a cadence has done its work for a customer, or has been overtaken by an order."""

from datetime import date
from typing import Any

from contacts.cadences.conditions import compile_condition
from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason


def ended(cadence: Cadence, started_on: date, context: dict[str, Any]) -> Reason | None:
    """Why the cadence is over for this customer, or None."""
    stop = cadence.stop
    if stop.goal is not None and compile_condition(stop.goal).holds(context):
        return Reason.GOAL
    if "order" not in stop.on:
        return None
    last_order = context["orders"]["last_on"]
    return Reason.ORDERED if last_order is not None and last_order >= started_on else None
