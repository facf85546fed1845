"""One pass of everything: plan, send, reconcile. The `send` flow and `touchline tick` run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.channels.outbox import open_outbox
from contacts.delivery.plan import plan
from contacts.delivery.reconcile import reconcile
from contacts.delivery.reports import PlanReport, SendReport
from contacts.delivery.send import send_due
from contacts.messages.templates import templates_of
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class TickReport:
    planned: PlanReport
    sent: SendReport
    needs_review: int


async def tick(
    engine: Engine,
    cadences: Sequence[LoadedCadence],
    *,
    settings: Settings,
    now: datetime,
    paused: frozenset[str] = frozenset(),
) -> TickReport:
    """Settle what is in doubt, plan every cadence, send what is due; as of `now`.

    `paused` names cadences whose touches stay where they are.
    """
    needs_review = reconcile(engine, now=now)
    planned = plan(engine, cadences, settings=settings, now=now)
    templates = templates_of(settings)
    async with open_outbox(settings) as outbox:
        sent = await send_due(
            engine, outbox, settings=settings, templates=templates, now=now, paused=paused
        )
    return TickReport(planned, sent, needs_review)
