"""The sweep of a workspace: its cadences, as far as they may be planned, and its policy."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from contacts.care.sweep import Swept, sweep
from contacts.delivery.plan import plan
from contacts.settings import Settings
from contacts.workspace.plannable import Plannable, plannable


@dataclass(slots=True)
class WorkspacePlanner:
    """Plans the cadences that neither a fault nor a person holds up."""

    engine: Engine
    settings: Settings
    now: datetime
    paused: frozenset[str] = frozenset()
    found: Plannable = field(init=False)

    def __post_init__(self) -> None:
        self.found = plannable(self.settings)

    @property
    def held(self) -> Collection[str]:
        return self.found.held

    def catch_up(self) -> None:
        self._plan(self._going, ())

    def take_in(self, cadence: str, customers: Collection[int]) -> None:
        if cadence in self._going:
            self._plan(frozenset({cadence}), customers)

    @property
    def _going(self) -> frozenset[str]:
        return frozenset(one.name for one in self.found.cadences) - self.paused

    def _plan(self, only: frozenset[str], customers: Collection[int]) -> None:
        plan(
            self.engine,
            self.found.cadences,
            settings=self.settings,
            now=self.now,
            only=only,
            some_held=bool(self.found.held),
            among=customers,
        )


def sweep_workspace(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    paused: frozenset[str] = frozenset(),
    limit: int = 1,
) -> Swept:
    """Sweep with the workspace's own cadences; nothing of the `paused` ones is planned."""
    return sweep(
        engine,
        settings=settings,
        now=now,
        planner=lambda: WorkspacePlanner(engine, settings, now, paused),
        limit=limit,
    )
