"""One page of the planner: enrolments at which it must look now, moved on in one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from contacts.cadences.house import house_of
from contacts.cadences.reasons import Reason
from contacts.delivery.needs import needed_to_plan
from contacts.delivery.planning.decisions import Decisions, guards_for, past_if_known, store_touches
from contacts.delivery.planning.out_of_reach import reach_tasks
from contacts.delivery.planning.spreading import Courses
from contacts.delivery.reports import PlanCounts
from contacts.failpoints import failpoint
from contacts.record.customers.facts import load_facts
from contacts.record.engine import writing
from contacts.record.enrolments.enrolling import Advance, Unplanned, advance, to_plan
from contacts.record.touches.going_on import end_enrolments
from contacts.record.versions import cadences_of
from contacts.record.work.tasks import open_tasks
from contacts.settings import Settings

PAGE = 500
"""Enrolments planned in one transaction."""
_TOMORROW = timedelta(days=1)


class Planned(NamedTuple):
    """What became of a page."""

    looked_at: int
    ended: Sequence[int] = ()
    """Customers whose time on the cadence is over."""


def plan_page(
    engine: Engine,
    name: str,
    counts: PlanCounts,
    *,
    settings: Settings,
    now: datetime,
    among: Collection[int] | None = None,
) -> Planned:
    """Plan the next touches of up to PAGE enrolments of this cadence.

    With `among` those of these customers alone.
    """
    with writing(engine) as connection:
        rows = to_plan(connection, name, now=now, limit=PAGE, among=among)
        if not rows:
            return Planned(0)
        cadences = cadences_of(connection, (row.version_id for row in rows))
        ids = [row.customer_id for row in rows]
        parts = frozenset().union(*(needed_to_plan(one) for one in cadences.values()))
        facts = load_facts(connection, ids, settings=settings, now=now, parts=parts)
        guards = guards_for(
            connection, facts.values(), cadences.values(), settings=settings, now=now
        )
        house = house_of(settings.window, settings.holidays, settings.sms_hours)
        page = Decisions(guards, house, now)
        for row in rows:
            known, cadence = facts.get(row.customer_id), cadences.get(row.version_id)
            if known is None or cadence is None:
                page.places.append(_look_tomorrow(row, now))
                counts.skipped[Reason.ZONE] += known is None
                continue
            page.add(row, cadence, known)
        versions = {row.id: row.version_id for row in rows}
        courses = Courses(
            lambda touch: cadences[versions[touch.enrolment_id]], facts, house, settings.caps.day
        )
        _write(connection, page, courses, counts, now)
        reached = reach_tasks(connection, page.unreachable, settings=settings, now=now)
        open_tasks(connection, reached, now=now)
        failpoint("plan.before_commit")
    failpoint("plan.after_commit")
    over = {one for enrolments in page.ends.values() for one in enrolments}
    return Planned(len(rows), [row.customer_id for row in rows if row.id in over])


def _look_tomorrow(row: Unplanned, now: datetime) -> Advance:
    """The customer's zone or the stored cadence cannot be read; nobody else is held up by it."""
    return Advance(row.id, row.position, row.round, row.started_on, plan_at=now + _TOMORROW)


def _write(
    connection: Connection, page: Decisions, courses: Courses, counts: PlanCounts, now: datetime
) -> None:
    planned = store_touches(connection, page.touches, courses, counts=counts, now=now)
    advance(connection, [past_if_known(place, planned, now) for place in page.places])
    for reason, enrolments in page.ends.items():
        over = reason in (None, Reason.UNREACHABLE)
        state: Any = "finished" if over else "stopped"
        end_enrolments(connection, enrolments, state=state, reason=reason, now=now)
        counts.finished += len(enrolments) if over else 0
        counts.stopped += 0 if over else len(enrolments)
