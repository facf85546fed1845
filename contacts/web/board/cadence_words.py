"""What a cadence's file says, in sentences: whom it takes in, when a step comes, what ends it."""

import re
from collections.abc import Sequence

from contacts.cadences.model import Start, Step, Stop
from contacts.cadences.spans import Span
from contacts.wording import so_many

_TAKES_IN = {
    "customer.added": "every new customer",
    "customer.idle": "customers whom no other cadence has in hand",
    "consent.asked": "who asked for marketing by e-mail",
}
_ORDERS: dict[str, str] = {
    "order.late": "are late",
    "order.slower": "come less often",
    "order.faster": "come more often",
    "order.smaller": "get smaller",
    "order.bigger": "get bigger",
    "order.irregular": "come unevenly",
}
_ENDS = {"reply": "they reply", "opt_out": "they opt out", "order": "they order"}


def start_words(start: Start) -> str:
    """Whom a cadence takes in."""
    if start.on == "customer.quiet":
        return f"customers without an order for {span_words(start.after)}"
    if start.on == "contract.ending" and start.before:
        return f"customers whose contract ends within {span_words(start.before)}"
    if start.on == "contract.ended":
        return f"customers whose contract or project ended {span_words(start.after)} ago"
    if start.on == "signal":
        kinds = [_ORDERS.get(kind, f"show {kind}") for kind in start.kinds or ()]
        return f"customers whose orders {_either(kinds)}"
    return _TAKES_IN.get(start.on, start.on.replace(".", " "))


def when_words(step: Step) -> str:
    """When a step comes."""
    if step.day is not None:
        said = "On the first day" if step.day == 0 else f"On day {step.day}"
    else:
        said = f"{span_words(step.after)} after the one before"
    if step.at is not None:
        said += f" at {step.at}"
    if step.any_time:
        said += ", at any hour"
    return f"{said}, due within {step.due}" if step.due else said


def stop_words(stop: Stop) -> str:
    """Which events end a cadence; empty without any."""
    return _either([_ENDS[one] for one in stop.on])


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def span_words(span: Span | None) -> str:
    """4d as people say it: 4 days."""
    parts = re.match(r"\s*(\d+)\s*([dwmy])", span or "")
    if parts is None:
        return "a while"
    units = {"d": "day", "w": "week", "m": "month", "y": "year"}
    return so_many(int(parts[1]), units[parts[2]])
