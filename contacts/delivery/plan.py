"""The planner: enrols whom a cadence's start takes in, and plans each enrolment's next touch.

An enrolment has at most one touch under way. Its `plan_at` says when the planner must look again;
it is empty while a touch is queued, on its way, or waits for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from contacts.cadences.calendar import Place, deadline
from contacts.cadences.decide import NextTouch, Standing, decide, occurrence
from contacts.cadences.ending import ended
from contacts.cadences.facts import CustomerFacts, Facts
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import Cadence
from contacts.cadences.reasons import Reason
from contacts.delivery.catching_up import skip_too_late
from contacts.delivery.collecting import rare_collections
from contacts.delivery.enrol import Start, enrol_new
from contacts.delivery.guards import Guards, load_guards
from contacts.delivery.needs import needed_to_plan
from contacts.delivery.reports import PlanCounts, PlanReport
from contacts.failpoints import failpoint
from contacts.record.engine import writing
from contacts.record.enrolling import (
    Advance,
    NewEnrolment,
    NewTouch,
    advance,
    enrol,
    plan_touches,
    to_plan,
)
from contacts.record.facts import load_facts
from contacts.record.outcomes import end_enrolments
from contacts.record.queue import enqueue
from contacts.record.tasks import NewTask, open_tasks
from contacts.record.versions import cadences_of
from contacts.settings import Settings

PAGE = 500
"""Enrolments planned in one transaction."""
_TOMORROW = timedelta(days=1)


@rare_collections()
def plan(
    engine: Engine,
    cadences: Sequence[LoadedCadence],
    *,
    settings: Settings,
    now: datetime,
    only: frozenset[str] | None = None,
    some_missing: bool = False,
) -> PlanReport:
    """Enrol and plan for the cadences named in `only` (all by default), as of `now`.

    Give all cadences of the workspace even so: one that starts on `customer.idle` takes in only
    customers whom none of the others does. `some_missing` says that a file cannot be read: nobody
    is idle then, for the missing cadence might take them in.
    """
    report = PlanReport()
    idle = [one for one in cadences if one.cadence.start.on == "customer.idle"]
    wanted = [one for one in cadences if only is None or one.name in only]
    first = [one for one in cadences if one not in idle]
    if not any(one in idle for one in wanted):
        first = [one for one in first if one in wanted]
    last = [] if some_missing else [one for one in idle if one in wanted]
    for loaded in (*first, *last):
        start = loaded in wanted
        _take_in(engine, loaded, report.of(loaded.name), settings=settings, now=now, start=start)
    for loaded in wanted:
        _go_through(engine, loaded.name, report.of(loaded.name), settings=settings, now=now)
    if any(of.finished or of.stopped for of in report.cadences.values()):
        for loaded in last:  # whose cadence has just ended may be in nobody's hand now
            counts = report.of(loaded.name)
            _take_in(engine, loaded, counts, settings=settings, now=now, start=True)
            _go_through(engine, loaded.name, counts, settings=settings, now=now)
    return report


def _take_in(
    engine: Engine,
    loaded: LoadedCadence,
    counts: PlanCounts,
    *,
    settings: Settings,
    now: datetime,
    start: bool,
) -> None:
    """Enrol whom the cadence's trigger names; with `start`, plan their first touches as well."""
    how = _FirstTouches(loaded.cadence, counts, settings, now) if start else Start()
    counts.enrolled += enrol_new(engine, loaded, settings=settings, now=now, start=how)


def _go_through(
    engine: Engine, name: str, counts: PlanCounts, *, settings: Settings, now: datetime
) -> None:
    counts.skipped.update(skip_too_late(engine, name, now=now))
    # Each look ends an enrolment, puts it off or moves it on, so there is a last page.
    while _plan_page(engine, name, counts, settings=settings, now=now):
        pass


@dataclass(slots=True)
class _Page:
    """What one transaction of the planner writes."""

    touches: list[NewTouch] = field(default_factory=list)
    places: list[Advance] = field(default_factory=list)
    ends: dict[Reason | None, list[int]] = field(default_factory=dict)
    unreachable: list[tuple[Facts, Place]] = field(default_factory=list)


class _Beginning(NamedTuple):
    """An enrolment that is not stored yet, under its customer's id."""

    id: int
    customer_id: int
    started_at: datetime
    started_on: date
    position: int
    round: int = 1
    last_made_at: None = None
    last_made: None = None


class _FirstTouches(Start):
    """Enrols customers, each with the first touch, so that no enrolment is written twice.

    Whoever's cadence ends at once is only enrolled; the planner's pages see to that.
    """

    def __init__(
        self, cadence: Cadence, counts: PlanCounts, settings: Settings, now: datetime
    ) -> None:
        self.parts = needed_to_plan(cadence)
        self._cadence = cadence
        self._counts = counts
        self._settings = settings
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
        planned = self._counted(connection, going)
        begun = (replace(places[one], id=stored[one]) for one in stored.keys() & places.keys())
        advance(
            connection,
            [_past_if_known(one, planned, self._now) for one in begun if one.id not in planned],
        )
        failpoint("enrol.before_commit")
        return len(stored)

    def _counted(self, connection: Connection, touches: Sequence[NewTouch]) -> dict[int, int]:
        counts = PlanCounts()
        planned = _store(connection, touches, counts, self._now)
        with self._counting:
            self._counts.planned += counts.planned
            self._counts.skipped.update(counts.skipped)
        return planned

    def _decided(
        self, connection: Connection, new: Sequence[NewEnrolment], facts: Mapping[int, Facts]
    ) -> tuple[list[NewTouch], dict[int, Advance]]:
        """The touches, and where they leave their enrolments; both by the customer as yet."""
        guards = _guards(connection, facts.values(), [self._cadence], self._settings, self._now)
        page = _Page()
        for one in new:
            if (known := facts.get(one.customer_id)) is not None:
                it = _Beginning(
                    one.customer_id, one.customer_id, one.started_at, one.started_on, one.position
                )
                _plan_one(page, it, self._cadence, known, guards, self._now)
        places = {place.id: place for place in page.places}
        return [touch for touch in page.touches if touch.customer_id in places], places


def _plan_page(
    engine: Engine, name: str, counts: PlanCounts, *, settings: Settings, now: datetime
) -> int:
    with writing(engine) as connection:
        rows = to_plan(connection, name, now=now, limit=PAGE)
        if not rows:
            return 0
        cadences = cadences_of(connection, (row.version_id for row in rows))
        ids = [row.customer_id for row in rows]
        parts = frozenset().union(*(needed_to_plan(one) for one in cadences.values()))
        facts = load_facts(connection, ids, settings=settings, now=now, parts=parts)
        guards = _guards(connection, facts.values(), cadences.values(), settings, now)
        page = _Page()
        for row in rows:
            known, cadence = facts.get(row.customer_id), cadences.get(row.version_id)
            if known is None or cadence is None:
                page.places.append(_look_tomorrow(row, now))
                counts.skipped[Reason.ZONE] += known is None
                continue
            _plan_one(page, row, cadence, known, guards, now)
        _write(connection, page, counts, now)
        open_tasks(connection, _reach_tasks(page, settings, now), now=now)
        failpoint("plan.before_commit")
    failpoint("plan.after_commit")
    return len(rows)


def _guards(
    connection: Connection,
    facts: Iterable[Facts],
    cadences: Iterable[Cadence],
    settings: Settings,
    now: datetime,
) -> Guards:
    return load_guards(
        connection,
        [known.customer for known in facts],
        channels={kind for one in cadences for _, kind in one.routes()},
        signing_key=settings.signing_key,
        now=now,
    )


def _plan_one(
    page: _Page, row: Any, cadence: Cadence, facts: Facts, guards: Guards, now: datetime
) -> None:
    over = ended(cadence, row.started_at, facts)
    if over is not None:
        page.ends.setdefault(over, []).append(row.id)
        return
    place = place_of(cadence, facts.customer)
    reach = guards.reach(facts.customer, cadence.purpose)
    standing = Standing(
        started_at=row.started_at,
        started_on=row.started_on,
        round=row.round,
        position=row.position,
        last_made_at=row.last_made_at,
        last_made=row.last_made,
    )
    decision = decide(cadence, standing, reach=reach, place=place, now=now)
    page.touches += [_row(row, cadence, touch) for touch in decision.skipped]
    if isinstance(decision.next, NextTouch):
        page.touches.append(_row(row, cadence, decision.next))
        page.places.append(_under_way(row.id, decision.next.standing))
        return
    page.ends.setdefault(decision.next.reason, []).append(row.id)
    if decision.next.reason is Reason.UNREACHABLE:
        page.unreachable.append((facts, place))


def place_of(cadence: Cadence, customer: CustomerFacts) -> Place:
    """Where the cadence's days and hours are counted for this customer."""
    return Place(zone=cadence.zone_for(customer.timezone), country=customer.country)


def _row(row: Any, cadence: Cadence, touch: NextTouch) -> NewTouch:
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


def _under_way(enrolment_id: int, there: Standing) -> Advance:
    return Advance(enrolment_id, there.position, there.round, there.started_on, plan_at=None)


def _write(connection: Connection, page: _Page, counts: PlanCounts, now: datetime) -> None:
    planned = _store(connection, page.touches, counts, now)
    advance(connection, [_past_if_known(place, planned, now) for place in page.places])
    for reason, enrolments in page.ends.items():
        over = reason in (None, Reason.UNREACHABLE)
        state: Any = "finished" if over else "stopped"
        end_enrolments(connection, enrolments, state=state, reason=reason, now=now)
        counts.finished += len(enrolments) if over else 0
        counts.stopped += 0 if over else len(enrolments)


def _store(
    connection: Connection, touches: Sequence[NewTouch], counts: PlanCounts, now: datetime
) -> dict[int, int]:
    """Store these touches; return enrolment -> touch of those that wait in the queue now."""
    planned = plan_touches(connection, touches, now=now)
    due = {touch.enrolment_id: touch.due_at for touch in touches if touch.reason is None}
    enqueue(connection, {touch: due[enrolment] for enrolment, touch in planned.items()})
    counts.planned += len(planned)
    counts.skipped.update(touch.reason for touch in touches if touch.reason is not None)
    return planned


def _look_tomorrow(row: Any, now: datetime) -> Advance:
    """The customer's zone or the stored cadence cannot be read; nobody else is held up by it."""
    return Advance(row.id, row.position, row.round, row.started_on, plan_at=now + _TOMORROW)


def _past_if_known(place: Advance, planned: dict[int, int], now: datetime) -> Advance:
    """A step whose key is on record already (planned or made before) is passed over."""
    if place.id in planned or place.plan_at is not None:
        return place
    return replace(place, position=place.position + 1, plan_at=now)


def _reach_tasks(page: _Page, settings: Settings, now: datetime) -> list[NewTask]:
    """P5: nobody may go stale because no message is allowed; a person takes over."""
    return [
        NewTask(
            customer_id=facts.customer.id,
            kind="reach",
            title="No message may reach this customer: call, or waive",
            due_at=_reach_by(facts.customer, place, settings, now),
            brief="Every step of a whole round was skipped: no address, no consent, or an opt-out. "
            "Call, or record why nobody need keep in touch.",
        )
        for facts, place in page.unreachable
    ]


def _reach_by(customer: CustomerFacts, place: Place, settings: Settings, now: datetime) -> datetime:
    """When the customer would go stale, so that nobody calls again who has just called."""
    soon = deadline(now, 3, business=True, place=place)
    if customer.days_since_contact is None:
        return soon
    fresh = settings.freshness_days_by_tier.get(customer.tier, settings.freshness_days)
    return max(
        soon, deadline(now, fresh - customer.days_since_contact, business=False, place=place)
    )
