"""What a customer's wishes mean for a touch: held for a pause, skipped for a topic, or moved.

Wishes come after the law and the window: one that leaves no hour yields.
"""

from datetime import datetime, time

from contacts.cadences.calendar import Place, at_wall_time
from contacts.cadences.hours import hours_of
from contacts.cadences.model import Cadence, Step
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes


def held_back(
    wishes: Wishes, cadence: Cadence, place: Place, now: datetime
) -> tuple[Reason, datetime | None] | None:
    """Why the customer wants no touch of this cadence now, and until when; None: as planned.

    A pause is about marketing: what they bought goes on being written about. A topic that is off
    has no end.
    """
    if cadence.topic in wishes.topics_off:
        return Reason.TOPIC, None
    if cadence.purpose != "marketing" or wishes.paused_until is None:
        return None
    midnight = datetime.combine(wishes.paused_until, time())
    until = at_wall_time(midnight, place.home or place.zone).instant
    return (Reason.CUSTOMER_PAUSED, until) if now < until else None


def place_as_wished(
    place: Place, wishes: Wishes, cadence: Cadence, step: Step, *, now: datetime, until: datetime
) -> Place:
    """The place with the customer's best time, if an hour of it is left for the touch."""
    there = place._replace(best=wishes.best_time)
    fits = all(
        hours_of(cadence, step, channel, there).next_allowed(now, until) is not None
        for channel in step.channels()
    )
    return there if fits else place
