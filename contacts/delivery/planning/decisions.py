"""What the planner decides of one enrolment after another, and how touches are put on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.cadences.calendar import Place, local_date, place_of
from contacts.cadences.decide import End, NextTouch, Standing, decide, occurrence
from contacts.cadences.ending import ended
from contacts.cadences.facts import Facts
from contacts.cadences.house import House
from contacts.cadences.model import Cadence
from contacts.cadences.obeying import held_back
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes
from contacts.delivery.planning.spreading import Courses, spread_out
from contacts.delivery.reports import PlanCounts
from contacts.record.consent.guards import Guards, load_guards
from contacts.record.enrolments.enrolling import Advance, NewTouch, Unplanned, plan_touches
from contacts.record.touches.queue import enqueue
from contacts.settings import Settings

_ASK_AGAIN = timedelta(days=7)
"""How soon a topic that is off is looked at again; the customer's own page asks at once."""


@dataclass(slots=True)
class Decisions:
    """What is to be written of some enrolments, by the guards and the clock of one transaction."""

    guards: Guards
    house: House
    now: datetime
    touches: list[NewTouch] = field(default_factory=list)
    places: list[Advance] = field(default_factory=list)
    ends: dict[Reason | None, list[int]] = field(default_factory=dict)
    unreachable: list[tuple[Facts, Place]] = field(default_factory=list)

    def add(self, row: Unplanned, cadence: Cadence, facts: Facts) -> None:
        """Decide the next touch of this enrolment, or its end."""
        over = ended(cadence, row.started_at, facts)
        if over is not None:
            self.ends.setdefault(over, []).append(row.id)
            return
        place = place_of(cadence, facts.customer, self.house)
        if facts.wishes is not None:
            place = place._replace(best=facts.wishes.best_time)
        reach = self.guards.reach(facts.customer, cadence.purpose).once_confirmed()
        standing = Standing(
            started_at=row.started_at,
            started_on=row.started_on,
            round=row.round,
            position=row.position,
            last_made_at=row.last_made_at,
            last_made=row.last_made,
        )
        decision = decide(cadence, standing, reach=reach, place=place, now=self.now)
        self.touches += [_touch(row, cadence, touch) for touch in decision.skipped]
        again = None
        if facts.wishes is not None and cadence.repeat is not None:
            again = _round_after(row, decision.next, facts.wishes, cadence, place, self.now)
        if again is not None:
            self.places.append(again)
            return
        if isinstance(decision.next, NextTouch):
            self.touches.append(_touch(row, cadence, decision.next))
            self.places.append(_under_way(row.id, decision.next.standing))
            return
        self.ends.setdefault(decision.next.reason, []).append(row.id)
        if decision.next.reason is Reason.UNREACHABLE:
            self.unreachable.append((facts, place))


def guards_for(
    connection: Connection,
    facts: Iterable[Facts],
    cadences: Iterable[Cadence],
    *,
    settings: Settings,
    now: datetime,
) -> Guards:
    """The guards of these customers on the channels that the cadences go by."""
    return load_guards(
        connection,
        [known.customer for known in facts],
        channels={kind for one in cadences for _, kind in one.routes()},
        signing_key=settings.signing_key,
        now=now,
    )


def store_touches(
    connection: Connection,
    touches: Sequence[NewTouch],
    courses: Courses,
    *,
    counts: PlanCounts,
    now: datetime,
) -> dict[int, int]:
    """Store these touches; return enrolment -> touch of those that wait in the queue now."""
    spread = spread_out(connection, touches, courses)
    planned = plan_touches(connection, touches, now=now)
    due = {touch.enrolment_id: touch.due_at for touch in touches if touch.state == "planned"}
    due |= spread.later
    enqueue(connection, {touch: due[enrolment] for enrolment, touch in planned.items()})
    counts.planned += len(planned)
    counts.spread += len(spread.later.keys() & planned.keys())
    counts.spread += spread.put_off(connection, planned)
    counts.skipped.update(
        touch.reason for touch in touches if touch.state == "skipped" and touch.reason is not None
    )
    return planned


def past_if_known(place: Advance, planned: dict[int, int], now: datetime) -> Advance:
    """A step whose key is on record already (planned or made before) is passed over."""
    if place.id in planned or place.plan_at is not None:
        return place
    return replace(place, position=place.position + 1, plan_at=now)


def _touch(row: Unplanned, cadence: Cadence, touch: NextTouch) -> NewTouch:
    there = touch.standing
    return NewTouch(
        customer_id=row.customer_id,
        enrolment_id=row.id,
        cadence=cadence.name,
        step_key=touch.step.key,
        occurrence=occurrence(there.started_on, there.round),
        channel=touch.channel,
        purpose=cadence.purpose,
        state="planned" if touch.reason is None else "skipped",
        reason=touch.reason,
        due_at=touch.due.instant,
        not_after=touch.not_after,
        wall_time=touch.due.local.isoformat(timespec="minutes"),
        zone=touch.due.zone,
        dst_adjusted=touch.due.adjusted,
    )


def _round_after(
    row: Unplanned,
    following: NextTouch | End,
    wishes: Wishes,
    cadence: Cadence,
    place: Place,
    now: datetime,
) -> Advance | None:
    """What goes round begins anew once the customer wants it again, instead of ending for ever.

    None where they want it now, where what comes next lies after that by itself, or where no
    channel reaches them.
    """
    held = held_back(wishes, cadence, place, now)
    if held is None or (isinstance(following, End) and following.reason is not None):
        return None
    until = held[1] or now + _ASK_AGAIN
    if isinstance(following, NextTouch) and held[1] and following.due.instant >= until:
        return None
    return Advance(row.id, 0, row.round + 1, local_date(until, place.zone), plan_at=until)


def _under_way(enrolment_id: int, there: Standing) -> Advance:
    return Advance(enrolment_id, there.position, there.round, there.started_on, plan_at=None)
