"""What a start does at once, so that the first page anybody opens is true: take in, plan, prove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from contacts.care.sweep import Swept, sweep
from contacts.delivery.planning.plan import plan
from contacts.delivery.reports import PlanReport
from contacts.record.customers.proofs import latest
from contacts.record.engine import reading
from contacts.record.imports import ImportReport, sync_folder
from contacts.settings import Settings
from contacts.workspace.plannable import plannable
from contacts.workspace.sweeping import WorkspacePlanner
from contacts.workspace.watching import DAILY, watch_if_due


@dataclass(frozen=True, slots=True)
class FirstPass:
    brought: Sequence[ImportReport]
    """What came in from the data folder."""
    planned: PlanReport
    swept: Swept


def first_pass(
    engine: Engine, settings: Settings, *, now: datetime, paused: frozenset[str] = frozenset()
) -> FirstPass | None:
    """Do it where no proof is of the last day: before, the flows have done it, and go on.

    Nothing is sent, and nothing of the `paused` cadences is planned.
    """
    with reading(engine) as connection:
        last = latest(connection)
    if last is not None and last.at > now - DAILY:
        return None
    brought = sync_folder(engine, settings.workspace / "data", settings=settings, now=now)
    found = plannable(settings)
    watch_if_due(engine, settings, found.cadences, now=now, every=DAILY)
    planned = plan(
        engine,
        found.cadences,
        settings=settings,
        now=now,
        only=frozenset(one.name for one in found.cadences) - paused,
        some_held=bool(found.held),
    )
    planner = WorkspacePlanner(engine, settings, now, found, paused)
    swept = sweep(engine, settings=settings, now=now, planner=lambda: planner)
    return FirstPass(brought, planned, swept)
