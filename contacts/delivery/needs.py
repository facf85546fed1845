"""Which of the costlier facts a batch needs: those that its conditions and words name.

What is written decides: a condition or a template can only read from `orders` where that word
stands. It may also stand there by chance, and then a query is made for nothing.
"""

import re

from contacts.cadences.model import Cadence, Kind, Step
from contacts.messages.rendered import MessageError
from contacts.messages.templates import Templates
from contacts.record.customers.facts import EVERYTHING

_WORD = re.compile(r"[a-z]+")


def needed_by(condition: str | None) -> frozenset[str]:
    """What a condition reads."""
    return EVERYTHING.intersection(_WORD.findall(condition or ""))


def needed_to_plan(cadence: Cadence) -> frozenset[str]:
    """What says whether the cadence is over for a customer."""
    ended_by_order = frozenset({"orders"}) if "order" in cadence.stop.on else frozenset()
    return needed_by(cadence.stop.goal) | ended_by_order


def needed_to_send(cadence: Cadence, step: Step, templates: Templates) -> frozenset[str]:
    """What the rules and the words of a step read, by whichever of its channels it goes."""
    needed = needed_to_plan(cadence) | needed_by(step.when)
    for channel in step.channels():
        needed |= _said(templates, channel, step.template)
    return needed


def _said(templates: Templates, channel: Kind, template: str) -> frozenset[str]:
    try:
        return EVERYTHING & templates.groups_in(channel, template)
    except MessageError:  # a file of it cannot be read, perhaps of a language that is not wanted
        return EVERYTHING
