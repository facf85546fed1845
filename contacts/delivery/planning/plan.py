"""The planner: enrols whom a cadence's start takes in, and plans each enrolment's next touch.

An enrolment has at most one touch under way. Its `plan_at` says when the planner must look again;
it is empty while a touch is queued, on its way, or waits for a person.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.delivery.planning.beginning import FirstTouches, Start
from contacts.delivery.planning.catching_up import skip_too_late
from contacts.delivery.planning.enrol import enrol_new
from contacts.delivery.planning.page import plan_page
from contacts.delivery.reports import PlanReport
from contacts.delivery.throughput import rare_collections
from contacts.settings import Settings


@rare_collections()
def plan(  # noqa: PLR0913  # what a pass may leave out is asked for by name
    engine: Engine,
    cadences: Sequence[LoadedCadence],
    *,
    settings: Settings,
    now: datetime,
    only: frozenset[str] | None = None,
    some_held: bool = False,
    among: Collection[int] | None = None,
    alone: bool = False,
) -> PlanReport:
    """Enrol and plan for the cadences named in `only` (all by default), as of `now`.

    Give all cadences of the workspace even so: one that starts on `customer.idle` takes in only
    customers whom none of the others does. `some_held` says that there are further cadences, held
    up by a fault of theirs, their messages' or the settings': nobody is idle then, for those might
    take them in. With `among` nobody but these customers is newly enrolled; with `alone` nobody
    else is planned for either.
    """
    report = PlanReport()

    def take_in(loaded: LoadedCadence, *, start: bool) -> None:
        """Enrol whom the trigger names; with `start`, plan their first touches as well."""
        counts, how = report.of(loaded.name), Start()
        if start:
            how = FirstTouches(loaded.cadence, counts, settings=settings, now=now)
        enrolled = enrol_new(engine, loaded, settings=settings, now=now, start=how, among=among)
        counts.enrolled += enrolled

    go_through = partial(
        _go_through, engine, settings=settings, now=now, among=among if alone else None
    )
    idle = [one for one in cadences if one.cadence.start.on == "customer.idle"]
    wanted = [one for one in cadences if only is None or one.name in only]
    first = [one for one in cadences if one not in idle]
    if not any(one in idle for one in wanted):
        first = [one for one in first if one in wanted]
    last = [] if some_held else [one for one in idle if one in wanted]
    for loaded in (*first, *last):
        take_in(loaded, start=loaded in wanted)
    for loaded in wanted:
        go_through(loaded.name, report)
    if any(of.finished or of.stopped for of in report.cadences.values()):
        for loaded in last:  # whose cadence has just ended may be in nobody's hand now
            take_in(loaded, start=True)
            go_through(loaded.name, report)
    return report


def _go_through(
    engine: Engine,
    name: str,
    report: PlanReport,
    *,
    settings: Settings,
    now: datetime,
    among: Collection[int] | None,
) -> None:
    counts = report.of(name)
    if among is None:
        counts.skipped.update(skip_too_late(engine, name, now=now))
    # Each look ends an enrolment, puts it off or moves it on, so there is a last page.
    while True:
        page = plan_page(engine, name, counts, settings=settings, now=now, among=among)
        report.ended.update(page.ended)
        if not page.looked_at:
            break
