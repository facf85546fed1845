"""What sending would do with the backlog now: every rule of the gate asked, nothing changed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from contacts.cadences.permit import Circumstances, Later, Send, Skip, Verdict, permit
from contacts.cadences.reasons import Reason
from contacts.delivery.prepare import Prepared, prepare
from contacts.messages.templates import Templates
from contacts.record.backlog import backlog_pages, count_backlog
from contacts.record.channels import (
    channel_states,
    closed_channels,
    reached_on,
    without_marketing,
)
from contacts.record.engine import reading
from contacts.record.guards import load_guards
from contacts.record.resumes import share_per_minute
from contacts.settings import Settings

PAGE = 500


@dataclass(slots=True)
class Expected:
    """What would become of one cadence's touches by one channel."""

    now: int = 0
    first_at: datetime | None = None
    """When the first of them would leave."""
    last_at: datetime | None = None
    later: Counter[str] = field(default_factory=Counter)  # by reason
    later_at: datetime | None = None
    """When the first of those that must wait would leave."""
    skipped: Counter[str] = field(default_factory=Counter)  # by reason
    unsure: int = 0
    """Of all these, how many may have left already, in days that the record does not know."""


@dataclass(slots=True)
class Forecast:
    at: datetime
    per_minute: int
    backlog: int
    expected: dict[tuple[str, str], Expected] = field(default_factory=dict)
    """By cadence and channel."""

    @property
    def minutes(self) -> int:
        """How long the backlog takes."""
        return -(-self.backlog // self.per_minute)


def forecast(
    engine: Engine,
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
    paused: frozenset[str] = frozenset(),
    lost_until: datetime | None = None,
) -> Forecast:
    """What sending would do at `now`, were it to go on then; the cadences in `paused` wait."""
    with reading(engine) as connection:
        backlog = count_backlog(connection, now=now)
        told = Forecast(now, share_per_minute(backlog, settings.ramp_percent), backlog)
        states = channel_states(connection)
        closed, held = closed_channels(states), without_marketing(states)
        asking = _Asking(connection, settings, Circumstances(now, paused, closed, held))
        place = 0
        for claims in backlog_pages(connection, now=now, size=PAGE):
            prepared = prepare(connection, claims, settings=settings, templates=templates, now=now)
            prepared.sort(key=lambda one: (one.claim.ready_at, one.claim.touch_id))
            for one, verdict in asking.verdicts(prepared):
                leaves_at = now + timedelta(minutes=place // told.per_minute)
                _count(told, one, verdict, leaves_at, lost_until)
                place += 1
    return told


@dataclass(slots=True)
class _Asking:
    connection: Connection
    settings: Settings
    circumstances: Circumstances
    reached: set[tuple[int, str, object]] = field(default_factory=set)

    def verdicts(self, prepared: list[Prepared]) -> list[tuple[Prepared, Verdict]]:
        """As the gate would ask, each day's message counted."""
        customers = {one.customer_id: one.facts.customer for one in prepared}
        guards = load_guards(
            self.connection,
            customers.values(),
            signing_key=self.settings.signing_key,
            now=self.circumstances.now,
        )
        self.reached |= reached_on(
            self.connection, list(customers), {one.local_day for one in prepared}
        )
        found: list[tuple[Prepared, Verdict]] = []
        for one in prepared:
            today = {
                kind
                for kind in ("email", "sms")
                if (one.customer_id, kind, one.local_day) in self.reached
            }
            reach = guards.reach(one.facts.customer, one.cadence.purpose)
            verdict = permit(one.request, reach, self.circumstances, reached_today=today)
            if isinstance(verdict, Send):
                self.reached.add((one.customer_id, verdict.channel, one.local_day))
            found.append((one, verdict))
        return found


def _count(
    told: Forecast,
    one: Prepared,
    verdict: Verdict,
    leaves_at: datetime,
    lost_until: datetime | None,
) -> None:
    channel = str(verdict.channel if isinstance(verdict, Send) else one.touch.channel)
    of = told.expected.setdefault((one.cadence.name, channel), Expected())
    if isinstance(verdict, Send):
        of.now += 1
        of.first_at = of.first_at or leaves_at
        of.last_at = leaves_at
    elif isinstance(verdict, Later):
        of.later[verdict.reason] += 1
        of.later_at = min(of.later_at or verdict.at, verdict.at)
    elif isinstance(verdict, Skip):
        of.skipped[verdict.reason] += 1
    else:
        of.skipped[Reason.STOPPED] += 1
    written = one.touch.channel in ("email", "sms")
    leaves = not isinstance(verdict, Skip)
    if lost_until is not None and written and leaves and one.touch.due_at <= lost_until:
        of.unsure += 1
