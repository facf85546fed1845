"""A life of the starter workspace on a simulated clock: every part but Prefect and the wire.

Each day the data come in as they come in the demo; every few hours the planner looks, what is due
is sent and people act; every night there is a sweep. Each evening somebody counts who is stale.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from contacts.care.freshness import Freshness, freshness
from contacts.care.needy import needy
from contacts.care.sweep import sweep, take_in_hand
from contacts.channels.outbox import Outbox
from contacts.delivery.planning.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.messages.templates import Templates, templates_of
from contacts.record.customers.silence import out_of_touch
from contacts.record.engine import reading
from contacts.record.imports import sync_folder
from contacts.record.tables import Customer
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadences
from contacts.workspace.plannable import Plannable
from contacts.workspace.starter import create_workspace
from contacts.workspace.sweeping import WorkspacePlanner
from tests.world import Sender
from tests.year.people import People

ARRIVING = 30
"""Days in which the starter's newest customers join."""
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_SWEEP_AT, _DATA_AT = 5, 15


@dataclass(frozen=True, slots=True)
class Evening:
    """How it stood at the end of a day."""

    on: date
    found: Freshness
    stale: tuple[int, ...]
    """Customers who are silent for too long with nothing ahead."""
    overdue: tuple[int, ...]
    """Who is silent for too long, in hand or not."""


@dataclass(slots=True)
class Life:
    settings: Settings
    engine: Engine
    begins: date
    found: Plannable
    templates: Templates
    people: People
    outbox: Outbox
    hours: tuple[int, ...]
    repaired: dict[str, int] = field(default_factory=dict)

    def day(self, on: date) -> Evening:
        midnight = datetime.combine(on, time(), UTC)
        for hour in self.hours:
            now = midnight + hour * _HOUR
            if hour == _DATA_AT and on <= self.begins + ARRIVING * _DAY:
                folder = self.settings.workspace / "data"
                sync_folder(self.engine, folder, settings=self.settings, now=now, until=on)
            if hour == _SWEEP_AT:
                self._sweep(now)
            self._hour(now)
        return self._evening(on, midnight + _DAY)

    def _hour(self, now: datetime) -> None:
        self._plan(now)
        asyncio.run(
            send_due(
                self.engine, self.outbox, settings=self.settings, templates=self.templates, now=now
            )
        )
        reconcile(self.engine, now=now)
        done = self.people.live(now + _HOUR / 2)
        self._keep_in_hand(done, now + _HOUR / 2)
        self._plan(now + _HOUR / 2)

    def _plan(self, now: datetime) -> None:
        report = plan(self.engine, self.found.cadences, settings=self.settings, now=now)
        self._keep_in_hand(report.ended, now)

    def _keep_in_hand(self, customers: set[int], now: datetime) -> None:
        """As it is done when a task of theirs is closed, or the planner ended their cadence."""
        planner = WorkspacePlanner(self.engine, self.settings, now, self.found, alone=customers)
        repaired = take_in_hand(
            self.engine, customers, settings=self.settings, now=now, planner=lambda: planner
        )
        self._count(repaired)

    def _sweep(self, now: datetime) -> None:
        planner = WorkspacePlanner(self.engine, self.settings, now, self.found)
        swept = sweep(self.engine, settings=self.settings, now=now, planner=lambda: planner)
        self._count(swept.repaired)

    def _count(self, repaired: Mapping[str, int]) -> None:
        for name, count in repaired.items():
            self.repaired[name] = self.repaired.get(name, 0) + count

    def _evening(self, on: date, now: datetime) -> Evening:
        late = select(Customer.id).where(Customer.active, out_of_touch(self.settings, now))
        with reading(self.engine) as connection:
            found = freshness(connection, now=now, settings=self.settings)
            alone = needy(connection, settings=self.settings, now=now).uncovered
            overdue = tuple(connection.execute(late.order_by(Customer.id)).scalars())
        return Evening(on, found, tuple(sorted({*alone} & {*overdue})), overdue)


def begin(
    folder: Path,
    opened: Callable[[Settings], Engine],
    *,
    begins: date,
    without: frozenset[str] = frozenset(),
    policy: tuple[str, ...] | None = None,
    hours: tuple[int, ...] = (5, 10, 15, 20),
) -> Life:
    """The starter workspace on its first day, `without` some of its cadences.

    With a `policy` of its own the sweep goes by that.
    """
    create_workspace(folder, today=begins + ARRIVING * _DAY)
    changes = {} if policy is None else {"stale_policy": policy}
    settings = load_settings(folder, **changes)
    settings.make_state()
    cadences = load_cadences(folder / "cadences", settings.usual_hours)
    engine = opened(settings)
    start = datetime.combine(begins, time(), UTC)
    return Life(
        settings=settings,
        engine=engine,
        begins=begins,
        found=Plannable([one for one in cadences if one.name not in without]),
        templates=templates_of(settings),
        people=People(engine, settings, start),
        outbox=Outbox(email=Sender(), sms=Sender(), live=frozenset()),
        hours=hours,
    )
