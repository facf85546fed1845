"""Messages that several cadences plan for one customer on one day are spread over the days.

It costs nothing but one look into an index where customers are on one cadence at a time.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import place_of
from contacts.cadences.facts import Facts
from contacts.cadences.hours import hours_of
from contacts.cadences.house import House
from contacts.cadences.model import Cadence, Kind
from contacts.cadences.reasons import Reason
from contacts.cadences.spread import Slot, spread
from contacts.record.enrolments.enrolling import NewTouch
from contacts.record.touches.beside import planned_beside, put_off
from contacts.record.versions import cadences_of

_WRITTEN = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Courses:
    """Whose touches are planned, and by what."""

    cadence_of: Callable[[NewTouch], Cadence]
    facts: Mapping[int, Facts]  # by customer
    house: House
    most_a_day: int | None  # messages by all channels together


@dataclass(slots=True)
class Spread:
    """What gives way: new touches, by their enrolments, and queued ones, for the sake of those."""

    later: dict[int, datetime] = field(default_factory=dict)
    aside: list[tuple[int, Any, datetime]] = field(default_factory=list)

    def put_off(self, connection: Connection, planned: Mapping[int, int]) -> int:
        """Put off what was queued, for those new touches that were really planned; how many."""
        moved = [(row, at) for enrolment, row, at in self.aside if enrolment in planned]
        if not moved:
            return 0
        ready = {row.id: at for row, at in moved}
        return put_off(connection, ready, {row.id: row.fence for row, _ in moved})


def spread_out(connection: Connection, touches: Sequence[NewTouch], courses: Courses) -> Spread:
    """Find what these new touches collide with, and who gives way; the new ones are told why."""
    new = [one for one in touches if one.state == "planned" and one.channel in _WRITTEN]
    found = Spread()
    if not new:
        return found
    people = Counter(one.customer_id for one in new)
    rows = planned_beside(connection, people.keys(), but=[one.enrolment_id for one in new])
    crowded = {row.customer_id for row in rows}
    crowded |= {customer for customer, count in people.items() if count > 1}
    if not crowded:
        return found
    slots = _Slots(courses, cadences_of(connection, {row.version_id for row in rows}))
    for row in rows:
        slots.add_queued(row)
    for touch in new:
        if touch.customer_id in crowded:
            slots.add_new(touch, found)
    return found


class _Slots:
    """The messages planned for customers who have several, by customer."""

    def __init__(self, courses: Courses, versions: Mapping[int, Cadence]) -> None:
        self._courses = courses
        self._versions = versions
        self._planned: dict[int, list[Slot]] = {}
        self._of: dict[Slot, Any] = {}  # the new touch, or the queued one's row

    def add_queued(self, row: Any) -> None:
        """One whose cadence cannot be read any more is in nobody's way, for it cannot leave."""
        cadence = self._versions.get(row.version_id)
        if cadence is not None:
            slot = self._slot(row, cadence, row.ready_at, may_move=row.is_free)
            self._planned.setdefault(row.customer_id, []).append(slot)

    def add_new(self, touch: NewTouch, found: Spread) -> None:
        slot = self._slot(touch, self._courses.cadence_of(touch), touch.due_at)
        planned = self._planned.setdefault(touch.customer_id, [])
        for loser in spread(slot, planned, most=self._courses.most_a_day):
            of = self._of[loser]
            if isinstance(of, NewTouch):
                of.reason = Reason.SPREAD
                found.later[of.enrolment_id] = loser.ready_at
            else:
                found.aside.append((touch.enrolment_id, of, loser.ready_at))
        planned.append(slot)

    def _slot(
        self, of: Any, cadence: Cadence, ready_at: datetime, *, may_move: bool = True
    ) -> Slot:
        customer = self._courses.facts[of.customer_id].customer
        step = next(step for step in cadence.steps if step.key == of.step_key)
        place = place_of(cadence, customer, self._courses.house)
        slot = Slot(
            channel=of.channel,
            priority=cadence.priority_of(step),
            ready_at=ready_at,
            not_after=of.not_after,
            hours=hours_of(cadence, step, Kind(of.channel), place),
            home=customer.timezone,
            may_move=may_move,
        )
        self._of[slot] = of
        return slot
