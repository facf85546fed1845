"""What a customer's wishes mean for a touch: held for a pause, skipped for a topic, or moved.

A waiver is read as a pause that one of us decided for them, and holds back a little more.

Wishes come after the law and the window: one that leaves no hour yields.
"""

from datetime import datetime, time

from contacts.cadences.calendar import Place, at_wall_time
from contacts.cadences.hours import hours_of
from contacts.cadences.model import Cadence, Step
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes


def held_back(
    wishes: Wishes, cadence: Cadence, place: Place, now: datetime, *, by_person: bool = False
) -> tuple[Reason, datetime | None] | None:
    """Why the customer wants no touch of this cadence now, and until when; None: as planned.

    A pause is about marketing: what they bought goes on being written about. So does a waiver,
    and about whatever a cadence asks of a person. A topic that is off has no end. Of two pauses
    the longer one counts.
    """
    if cadence.topic in wishes.topics_off:
        return Reason.TOPIC, None
    is_marketing = cadence.purpose == "marketing"
    paused = wishes.paused_until if is_marketing else None
    waived = wishes.waived_until if is_marketing or by_person else None
    day = max((one for one in (paused, waived) if one is not None), default=None)
    if day is None:
        return None
    until = at_wall_time(datetime.combine(day, time()), place.home or place.zone).instant
    reason = Reason.CUSTOMER_PAUSED if day == paused else Reason.WAIVED
    return (reason, until) if now < until else None


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
