"""What a cadence's file says, in sentences: whom it takes in, when a step comes."""

import re

from contacts.cadences.model import Start, Step
from contacts.cadences.spans import Span
from contacts.wording import so_many

_TAKES_IN = {
    "customer.added": "every new customer",
    "customer.idle": "customers whom no other cadence has in hand",
    "consent.asked": "who asked for marketing by e-mail",
}


def start_words(start: Start) -> str:
    """Whom a cadence takes in."""
    if start.on == "customer.quiet":
        return f"customers without an order for {_span(start.after)}"
    if start.on == "contract.ending" and start.before:
        return f"customers whose contract ends within {_span(start.before)}"
    if start.on == "signal":
        kinds = ", ".join(str(kind) for kind in start.kinds or ())
        return f"customers of whom {kinds.replace('order.', 'orders ')} was noticed"
    return _TAKES_IN.get(start.on, start.on.replace(".", " "))


def when_words(step: Step) -> str:
    """When a step comes."""
    if step.day is not None:
        said = "On the first day" if step.day == 0 else f"On day {step.day}"
    else:
        said = f"{_span(step.after)} after the one before"
    if step.at is not None:
        said += f" at {step.at}"
    if step.any_time:
        said += ", at any hour"
    return f"{said}, due within {step.due}" if step.due else said


def _span(span: Span | None) -> str:
    """4d as people say it: 4 days."""
    parts = re.match(r"\s*(\d+)\s*([dwmy])", span or "")
    if parts is None:
        return "a while"
    units = {"d": "day", "w": "week", "m": "month", "y": "year"}
    return so_many(int(parts[1]), units[parts[2]])
