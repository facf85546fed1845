"""The sweep of a workspace: its cadences, as far as they may be planned, and its policy."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from contacts.care.sweep import Swept, sweep
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import PlanCounts, PlanReport
from contacts.record.customers.proofs import latest
from contacts.record.customers.zone_data import follow_zone_data
from contacts.record.engine import reading
from contacts.settings import Settings
from contacts.workspace.plannable import Plannable, plannable


@dataclass(frozen=True, slots=True)
class WorkspacePlanner:
    """Plans the cadences that neither a fault nor a person holds up."""

    engine: Engine
    settings: Settings
    now: datetime
    found: Plannable
    paused: frozenset[str] = frozenset()
    alone: Collection[int] | None = None
    """Customers who alone are planned for; None: everybody."""
    planned: PlanReport = field(default_factory=PlanReport)
    """All that it planned so far."""

    @property
    def held(self) -> Collection[str]:
        return self.found.held

    def catch_up(self) -> bool:
        return self._plan(self._going, self.alone or ())

    def take_in(self, cadence: str, customers: Collection[int]) -> bool:
        return cadence in self._going and self._plan(frozenset({cadence}), customers)

    @property
    def _going(self) -> frozenset[str]:
        return frozenset(one.name for one in self.found.cadences) - self.paused

    def _plan(self, only: frozenset[str], customers: Collection[int]) -> bool:
        report = plan(
            self.engine,
            self.found.cadences,
            settings=self.settings,
            now=self.now,
            only=only,
            some_held=bool(self.found.held),
            among=customers,
            alone=self.alone is not None,
        )
        self.planned.add(report)
        return any(counts != PlanCounts() for counts in report.cadences.values())


def sweep_workspace(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    paused: frozenset[str] = frozenset(),
) -> Swept:
    """Sweep with the workspace's own cadences; nothing of the `paused` ones is planned.

    What is planned by clocks that were changed since is put right before.
    """
    follow_zone_data(engine, now=now)
    return sweep(
        engine,
        settings=settings,
        now=now,
        planner=lambda: WorkspacePlanner(engine, settings, now, plannable(settings), paused),
    )


def sweep_if_due(planner: WorkspacePlanner, *, every: timedelta) -> Swept | None:
    """The same with a planner that is there; None where the last sweep is not so long ago."""
    with reading(planner.engine) as connection:
        last = latest(connection)
    if last is not None and last.at > planner.now - every:
        return None
    follow_zone_data(planner.engine, now=planner.now)
    return sweep(
        planner.engine, settings=planner.settings, now=planner.now, planner=lambda: planner
    )
