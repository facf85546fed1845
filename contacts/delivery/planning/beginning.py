"""How new enrolments begin: left to the planner's next look, or stored with their first touch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from contacts.cadences.facts import Facts
from contacts.cadences.house import house_of
from contacts.cadences.model import Cadence
from contacts.delivery.needs import needed_to_plan
from contacts.delivery.planning.decisions import Decisions, guards_for, past_if_known, store_touches
from contacts.delivery.planning.spreading import Courses
from contacts.delivery.reports import PlanCounts
from contacts.failpoints import failpoint
from contacts.record.enrolments.enrolling import (
    Advance,
    NewEnrolment,
    NewTouch,
    Unplanned,
    advance,
    enrol,
)
from contacts.settings import Settings


class Start:
    """How a page of new customers is stored: enrolled, and left to the planner's next look.

    Pages are stored in several threads.
    """

    parts: frozenset[str] | None = None
    """Which of the costlier facts it needs; None if none at all."""

    def store(
        self, connection: Connection, new: Sequence[NewEnrolment], _facts: Mapping[int, Facts]
    ) -> int:
        """Return how many of them are new."""
        return len(enrol(connection, new))


class FirstTouches(Start):
    """Enrols customers, each with the first touch, so that no enrolment is written twice.

    Whoever's cadence ends at once is only enrolled; the planner's pages see to that.
    """

    def __init__(
        self, cadence: Cadence, counts: PlanCounts, *, settings: Settings, now: datetime
    ) -> None:
        self.parts = needed_to_plan(cadence)
        self._cadence = cadence
        self._counts = counts
        self._settings = settings
        self._house = house_of(settings.window, settings.holidays, settings.sms_hours)
        self._now = now
        self._counting = Lock()

    def store(
        self, connection: Connection, new: Sequence[NewEnrolment], facts: Mapping[int, Facts]
    ) -> int:
        touches, places = self._decided(connection, new, facts)
        for one in new:
            if (there := places.get(one.customer_id)) is not None:
                one.position, one.round = there.position, there.round
                one.started_on, one.plan_at = there.started_on, None
        stored = enrol(connection, new)
        going = [one for one in touches if one.customer_id in stored]
        for touch in going:
            touch.enrolment_id = stored[touch.customer_id]
        planned = self._counted(connection, going, facts)
        begun = (replace(places[one], id=stored[one]) for one in stored.keys() & places.keys())
        advance(
            connection,
            [past_if_known(one, planned, self._now) for one in begun if one.id not in planned],
        )
        failpoint("enrol.before_commit")
        return len(stored)

    def _decided(
        self, connection: Connection, new: Sequence[NewEnrolment], facts: Mapping[int, Facts]
    ) -> tuple[list[NewTouch], dict[int, Advance]]:
        """The touches, and where they leave their enrolments; both by the customer as yet."""
        guards = guards_for(
            connection, facts.values(), [self._cadence], settings=self._settings, now=self._now
        )
        decisions = Decisions(guards, self._house, self._now)
        for one in new:
            if (known := facts.get(one.customer_id)) is not None:
                decisions.add(_under_its_customer(one), self._cadence, known)
        places = {place.id: place for place in decisions.places}
        return [touch for touch in decisions.touches if touch.customer_id in places], places

    def _counted(
        self, connection: Connection, touches: Sequence[NewTouch], facts: Mapping[int, Facts]
    ) -> dict[int, int]:
        counts = PlanCounts()
        most = self._settings.caps.day
        courses = Courses(lambda _: self._cadence, facts, self._house, most)
        planned = store_touches(connection, touches, courses, counts=counts, now=self._now)
        with self._counting:
            self._counts.planned += counts.planned
            self._counts.spread += counts.spread
            self._counts.skipped.update(counts.skipped)
        return planned


def _under_its_customer(new: NewEnrolment) -> Unplanned:
    """An enrolment that is not stored yet and has no id of its own."""
    return Unplanned(
        id=new.customer_id,
        customer_id=new.customer_id,
        version_id=new.version_id,
        started_at=new.started_at,
        started_on=new.started_on,
        round=new.round,
        position=new.position,
        last_made_at=None,
        last_made=None,
    )
