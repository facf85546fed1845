"""What sending would do with the backlog now: every rule of the gate asked, nothing changed."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from contacts.cadences.permit import Circumstances, Later, Send, Skip, Verdict, permit
from contacts.cadences.reasons import Reason
from contacts.delivery.days import Days
from contacts.delivery.prepare import Prepared, prepare
from contacts.messages.templates import Templates
from contacts.record.consent.guards import load_guards
from contacts.record.engine import reading
from contacts.record.sending.channels import channel_states, closed_channels, without_marketing
from contacts.record.sending.resumes import share_per_minute
from contacts.record.touches.backlog import backlog_pages, count_backlog
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
        limits = settings.caps.limits
        asking = _Asking(connection, settings, Circumstances(now, paused, closed, held, limits))
        place = 0
        for claims in backlog_pages(connection, now=now, size=PAGE):
            prepared = prepare(connection, claims, settings=settings, templates=templates, now=now)
            prepared.sort(key=lambda one: (-one.priority, one.claim.ready_at, one.claim.touch_id))
            for one, verdict in asking.verdicts(prepared):
                leaves_at = now + timedelta(minutes=place // told.per_minute)
                _count(told, one, verdict, leaves_at, lost_until)
                place += 1
    return told


class _Asking:
    def __init__(
        self, connection: Connection, settings: Settings, circumstances: Circumstances
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._circumstances = circumstances
        self._days = Days(circumstances)

    def verdicts(self, prepared: list[Prepared]) -> list[tuple[Prepared, Verdict]]:
        """As the gate would ask, each day's message counted."""
        customers = {one.customer_id: one.facts.customer for one in prepared}
        guards = load_guards(
            self._connection,
            customers.values(),
            signing_key=self._settings.signing_key,
            now=self._circumstances.now,
        )
        self._days.look(self._connection, prepared)
        found: list[tuple[Prepared, Verdict]] = []
        for one in prepared:
            reach = guards.reach(one.facts.customer, one.cadence.purpose)
            before = self._days.before(one)
            verdict = permit(one.request, reach, self._circumstances, before=before)
            if isinstance(verdict, Send):
                self._days.go(one, verdict.channel)
                self._days.have_left()
            elif isinstance(verdict, Later):
                self._days.wait(one, verdict.at, why=verdict.reason)
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
