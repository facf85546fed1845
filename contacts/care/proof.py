"""The freshness proof in the sentences that the command line, the demo and the web pages share."""

from collections.abc import Mapping
from datetime import time

from contacts.settings import TASK

SWEPT_AT = time(5, 30)
"""When the sweep goes round every night, by the clock of `default_timezone`."""
PLAN = "plan"
"""Taken in hand by what the planner had to do for them anyway."""


def in_hand(covered: int, active: int, parts: str = "") -> str:
    """How many active customers are in hand, and by what."""
    if active == 0:
        return "There are no active customers yet."
    customers = "active customer is" if active == 1 else "active customers are"
    return f"{covered:,} of {active:,} {customers} in hand{f': {parts}' if parts else ''}."


def not_in_hand(unplanned: int, stale: int) -> str:
    """Who has nothing planned, and who of them is stale: out of touch for too long as well."""
    if not unplanned:
        return "Nobody is stale."
    one = unplanned == 1
    said = f"{unplanned:,} {'has' if one else 'have'} nothing planned"
    if not stale:
        return f"{said}; nobody is stale yet."
    if stale == unplanned:
        return f"{said} and {'is' if one else 'are'} stale."
    return (
        f"{said}: {stale:,} {'is' if stale == 1 else 'are'} stale, {unplanned - stale:,} not yet."
    )


def verdict(active: int, exceptions: int) -> str:
    """The proof as a title; `exceptions` are customers, not the reasons that each may have."""
    if not active:
        return "No active customers yet"
    if not exceptions:
        return "Nobody is stale"
    one = exceptions == 1
    return "1 customer is an exception" if one else f"{exceptions:,} customers are exceptions"


def nobodys(unowned: int) -> str:
    """How many customers nobody owns; empty where there are none."""
    if not unowned:
        return ""
    return "1 customer has no owner." if unowned == 1 else f"{unowned:,} customers have no owner."


def taken_in_hand(repaired: Mapping[str, int]) -> str:
    """What a sweep did, for a sentence: "12 in hand: 10 by nurture, 2 by a task"."""
    if not any(repaired.values()):
        return "nobody in hand who was not"
    parts = ", ".join(f"{count:,} by {_by(name, count)}" for name, count in repaired.items())
    return f"{sum(repaired.values()):,} in hand: {parts}"


def _by(name: str, count: int) -> str:
    if name == PLAN:
        return "what was due to be planned"
    if name == TASK:
        return "a task" if count == 1 else "tasks"
    return f"'{name}'"
