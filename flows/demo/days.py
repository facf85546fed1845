"""One simulated day as one real flow run: what the scheduled flows do, hour after hour.

The hours are UTC's. A day's new customers come in at its noon, when that day has begun in every
zone, so that nobody is welcomed on the day before they join; those who agree later than that come
in at the next hour, so that nobody is written to before they agree.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from prefect import State, flow
from prefect.states import Cancelled

from contacts.care.sweep import sweep
from contacts.delivery.planning.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.reports import PlanReport, SendReport
from contacts.delivery.send import send_due
from contacts.record.engine import reading
from contacts.record.enrolments.totals import CadenceTotals, Tally, tally_of, totals_by_cadence
from contacts.workspace.plannable import Plannable
from contacts.workspace.sweeping import WorkspacePlanner
from contacts.workspace.watching import watch_workspace
from flows.demo.arrivals import Arrivals
from flows.demo.people import People
from flows.demo.world import World
from flows.telling import tell, tell_touches
from flows.wording import Row, by_reason, tally_words

GoOn = Callable[[], bool]
_EVENTS_AFTER = timedelta(minutes=4)
_SWEEP_HOUR, _NOON = 4, 12
_A_DAY, _AN_HOUR = timedelta(days=1), timedelta(hours=1)
_PLAN_HOURS = 3
"""The planner looks so often even where nothing happened; it has next to nothing to do then."""
_CUT_SHORT = "The demo was stopped before this day was over."


@dataclass(slots=True)
class Day:
    """What one day brought, over all its hours."""

    planned: PlanReport = field(default_factory=PlanReport)
    sent: SendReport = field(default_factory=SendReport)
    so_far: Tally = field(default_factory=Tally)  # of this day and all before
    came: Tally = field(default_factory=Tally)  # of this day alone
    skipped: dict[str, Counter[str]] = field(default_factory=dict)  # by cadence and reason
    cut_short: bool = False  # somebody stopped the demo before the day was over


def day_flow(
    world: World, people: People, *, go_on: GoOn
) -> Callable[[date], Awaitable[Day | None]]:
    """What lives one day in this world as a flow run.

    It gives None for a day that was cut short, because `go_on` was false after one of its hours.
    """

    @flow(name="day", flow_run_name="{on}", retries=0, persist_result=False)
    async def day(on: date) -> Day | State[Day]:
        """Every hour plan, send, and hear what people answer; at noon take in the day's data."""
        lived = await live(world, people, on, go_on=go_on)
        await tell(
            f"{on} · {tally_words(lived.came)}",
            rows=_rows(lived),
            key="day",
            description=f"What {on} brought for each cadence.",
            tags=[name for name, counts in lived.sent.cadences.items() if counts.sent],
        )
        await tell_touches(lived.sent.gone, key="day-touches")
        return Cancelled(message=_CUT_SHORT) if lived.cut_short else lived

    async def live_one(on: date) -> Day | None:
        state = cast("State[Day]", await day(on, return_state=True))
        return None if state.is_cancelled() else await state.aresult()

    return live_one


def _always() -> bool:
    return True


async def live(world: World, people: People, on: date, *, go_on: GoOn = _always) -> Day:
    """One day without Prefect around it; `go_on` is asked after every hour."""
    lived = Day()
    before = _totals(world)
    midnight = datetime.combine(on, time(), UTC)
    arrivals = Arrivals(world)
    arrivals.take_in(midnight, until=on - _A_DAY)
    watch_workspace(world.engine, world.settings, world.cadences, now=midnight)
    stirred = True
    for hour in range(24):
        if not go_on():
            lived.cut_short = True
            break
        now = midnight + hour * _AN_HOUR
        if hour == _NOON or arrivals.between(now - _AN_HOUR, now):
            arrivals.take_in(now, until=on if hour >= _NOON else on - _A_DAY)
            stirred = True
        if stirred or hour % _PLAN_HOURS == 0:
            _plan(world, now, lived)
        if hour == _SWEEP_HOUR:
            _sweep(world, now, lived)
        stirred = await _hour(world, people, now, lived)
    if stirred and not lived.cut_short:
        # What follows the last hour's messages is this day's work as well.
        _plan(world, midnight + _A_DAY - _AN_HOUR + _EVENTS_AFTER, lived)
    _count(lived, before, _totals(world))
    return lived


def _plan(world: World, now: datetime, lived: Day) -> None:
    world.set_clock(now)
    report = plan(world.engine, world.cadences, settings=world.settings, now=now)
    lived.planned.add(report)
    lived.planned.add(world.keep_in_hand(report.ended, now))


def _sweep(world: World, now: datetime, lived: Day) -> None:
    """As `care` does every night."""
    world.set_clock(now)
    planner = WorkspacePlanner(world.engine, world.settings, now, Plannable(world.cadences))
    sweep(world.engine, settings=world.settings, now=now, planner=lambda: planner)
    lived.planned.add(planner.planned)


def _totals(world: World) -> dict[str, CadenceTotals]:
    with reading(world.engine) as connection:
        return totals_by_cadence(connection)


def _count(lived: Day, before: dict[str, CadenceTotals], after: dict[str, CadenceTotals]) -> None:
    """From the record, for a cadence that ends skips steps without any flow's doing."""
    lived.so_far = tally_of(after.values())
    lived.came = lived.so_far.since(tally_of(before.values()))
    for name, of in after.items():
        lived.skipped[name] = of.skipped - before.get(name, CadenceTotals()).skipped


async def _hour(world: World, people: People, now: datetime, lived: Day) -> bool:
    """Send, settle and hear; True if anything happened that the planner must know of."""
    world.set_clock(now)
    sent = await send_due(
        world.engine,
        world.outbox,
        settings=world.settings,
        templates=world.templates,
        now=now,
    )
    reconcile(world.engine, now=now)
    lived.sent.add(sent)
    world.set_clock(now + _EVENTS_AFTER)
    await world.hear()
    acted = await people.live(now + _EVENTS_AFTER)
    served, people.served = people.served, set()
    lived.planned.add(world.keep_in_hand(served, now + _EVENTS_AFTER))
    await world.hear()
    return bool(sent.cadences) or acted


def _rows(lived: Day) -> list[Row]:
    names = sorted({*lived.planned.cadences, *lived.sent.cadences, *lived.skipped})
    return [
        {
            "cadence": name,
            "enrolled": lived.planned.of(name).enrolled,
            "planned": lived.planned.of(name).planned,
            "due": lived.sent.of(name).due,
            "sent": lived.sent.of(name).sent,
            "tasks": lived.sent.of(name).tasks,
            "skipped": by_reason(lived.skipped.get(name, Counter())),
            "held": lived.sent.of(name).held,
        }
        for name in names
    ]
