"""P1 to P6 of docs/promise.md, held against what a simulated provider saw and the record says.

Nothing here asks the code under test whether it was right: days, hours and repeats are counted anew
from the requests themselves.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from contacts.cadences.load import parse_cadence
from contacts.cadences.model import ALWAYS, Cadence, Step
from contacts.settings import Settings
from contacts.windows import USUAL
from tests.simulation.clock import Clock
from tests.simulation.provider import Exchange, Provider
from tests.simulation.record import Record


class Broken(AssertionError):
    """A promise does not hold."""


@dataclass(frozen=True, slots=True)
class Gated:
    """When an attempt was committed, by the true clock and by its worker's."""

    at: datetime
    by_worker: datetime


class Promises:
    def __init__(self, record: Record, clock: Clock, *, settings: Settings) -> None:
        self._record = record
        self._clock = clock
        self._half_a_lease = settings.lease_seconds / 2
        self._caps = settings.caps
        self._gated: dict[str, Gated] = {}
        self._seen = 0  # row id of the newest attempt that was looked at
        self._by_touch: defaultdict[int, list[Exchange]] = defaultdict(list)
        self._by_day: dict[tuple[int, str, date], Exchange] = {}
        self._left_alone: dict[tuple[str, str, str], set[str]] = {}  # by purpose as well
        self._checked: tuple[int, int] | None = None
        self._reviewed: set[int] = set()  # touches of which a person had the last word

    def committed(self, worker_now: datetime) -> None:
        """A worker's transaction may have let attempts through the gate."""
        for row in self._record.look("SELECT rowid, id FROM attempts WHERE rowid > ?", self._seen):
            self._seen = row["rowid"]
            self._gated[row["id"]] = Gated(self._clock.now, worker_now)

    def opted_out(self, channel: str, address: str, *, marketing_only: bool = False) -> None:
        """The opt-out is committed: only what went through the gate before may still go."""
        rows = self._record.look("SELECT id FROM attempts WHERE state IN ('sending', 'unknown')")
        through = {row["id"] for row in rows}
        for purpose in ("marketing",) if marketing_only else ("marketing", "service"):
            self._left_alone.setdefault((channel, address, purpose), through)

    def opted_in(self, channel: str, address: str) -> None:
        for purpose in ("marketing", "service"):
            self._left_alone.pop((channel, address, purpose), None)

    def reviewed(self, touch: int) -> None:
        """A person takes it on that the touch arrived, or is sent twice."""
        self._reviewed.add(touch)
        for exchange in self._by_touch[touch]:
            exchange.known_absent = True

    def begun(self, exchange: Exchange) -> None:
        """A request begins: everything that must not be has to be otherwise by now."""
        gated = self._gated.get(exchange.attempt_id)
        touch = self._touch_of(exchange)
        if gated is None or touch is None:
            raise Broken(f"P1: {exchange.attempt_id} was sent before it was written down")
        self._once(exchange, touch)
        self._in_time(gated)
        allowed = self._left_alone.get((exchange.channel, exchange.to, touch["purpose"]))
        if allowed is not None and exchange.attempt_id not in allowed:
            raise Broken(f"P3: {exchange.to} opted out of {exchange.channel}, and is written to")
        self._no_flood(exchange, touch, gated.by_worker)

    def check(self, provider: Provider) -> None:
        """Hold the record against what the provider has."""
        state = (self._record.version(), len(provider.accepted))
        if state == self._checked:
            return
        self._checked = state
        truly = {one.exchange.attempt_id for one in provider.accepted}
        self._accepted_on_its_word(truly)
        self._nothing_lost(truly)
        self._nobody_forgotten()

    def settled(self, *, now: datetime) -> None:
        """P2, once the world was calm for days: nothing waits that should have come to an end."""
        stuck = self._record.look(
            "SELECT id, state, reason FROM touches WHERE state IN ('sending', 'unknown')"
            " OR (state = 'planned' AND not_after < ?)", _as_text(now - timedelta(days=2))
        )  # fmt: skip
        if stuck:
            raise Broken(f"P2: never ends: {[tuple(row) for row in stuck]}")
        unasked = self._record.look(
            "SELECT id FROM touches WHERE state = 'needs_review'"
            " AND id NOT IN (SELECT touch_id FROM tasks WHERE kind = 'review')"
        )
        if unasked:
            raise Broken(f"P2: nobody is asked about {[tuple(row) for row in unasked]}")

    def _touch_of(self, exchange: Exchange) -> Any:
        rows = self._record.look(
            "SELECT a.touch_id, a.customer_id, a.state, t.step_key, t.cadence, t.purpose, v.source,"
            " c.timezone, t.not_after FROM attempts a JOIN touches t ON t.id = a.touch_id"
            " JOIN enrolments e ON e.id = t.enrolment_id"
            " JOIN cadence_versions v ON v.id = e.version_id"
            " JOIN customers c ON c.id = a.customer_id WHERE a.id = ?", exchange.attempt_id
        )  # fmt: skip
        return rows[0] if rows else None

    def _once(self, exchange: Exchange, touch: Any) -> None:
        earlier = self._by_touch[touch["touch_id"]]
        cadence, step = _step(touch)
        # Proof of absence is as good as the provider's list; a held message needs its answer.
        resend = cadence.on_unknown_of(step) == "resend"
        if any(not one.known_absent and (one.may_arrive or not resend) for one in earlier):
            raise Broken(f"P1: touch {touch['touch_id']} is sent while it may have arrived already")
        earlier.append(exchange)

    def _in_time(self, gated: Gated) -> None:
        waited = (self._clock.now - gated.at).total_seconds()
        if waited > self._half_a_lease:
            raise Broken(f"P1: a request begins {waited:.0f} s after its gate, past half its lease")

    def _no_flood(self, exchange: Exchange, touch: Any, at: datetime) -> None:
        zone = ZoneInfo(touch["timezone"])
        day = (touch["customer_id"], exchange.channel, at.astimezone(zone).date())
        before = self._by_day.get(day)
        if before is not None and not before.known_absent and before.may_arrive:
            raise Broken(f"P4: a second {exchange.channel} to customer {day[0]} on {day[2]}")
        self._by_day[day] = exchange
        self._few_enough(*day)
        if _as_text(at) > touch["not_after"]:
            raise Broken(f"P4: touch {touch['touch_id']} is not fresh any more")
        cadence, step = _step(touch)
        free = step.any_time and exchange.channel == "email"
        window = ALWAYS if free else cadence.window.over(USUAL)
        local = at.astimezone(ZoneInfo(cadence.zone_for(touch["timezone"])))
        minute = local.hour * 60 + local.minute
        if local.weekday() not in window.days or not window.start <= minute < window.end:
            raise Broken(f"P4: touch {touch['touch_id']} leaves at {local:%a %H:%M}")
        if exchange.channel == "sms" and not 8 <= at.astimezone(zone).hour < 21:
            raise Broken(f"P4: an SMS leaves at {at.astimezone(zone):%H:%M}, at night")

    def _few_enough(self, customer: int, channel: str, day: date) -> None:
        """The caps: on any seven days in a row so many messages at most."""
        of_week = [
            kind
            for (whom, kind, on), exchange in self._by_day.items()
            if whom == customer and on > day - timedelta(days=7)
            and not exchange.known_absent and exchange.may_arrive
        ]  # fmt: skip
        caps = self._caps
        if caps.week is not None and len(of_week) > caps.week:
            raise Broken(f"P4: {len(of_week)} messages in a week to customer {customer} on {day}")
        if caps.sms.week is not None and of_week.count("sms") > caps.sms.week:
            raise Broken(f"P4: too many SMS in a week to customer {customer} on {day}")

    def _accepted_on_its_word(self, truly: set[str]) -> None:
        rows = self._record.look("SELECT id, touch_id FROM attempts WHERE state = 'accepted'")
        unheard = [row for row in rows if row["id"] not in truly]
        if invented := [row["id"] for row in unheard if row["touch_id"] not in self._reviewed]:
            raise Broken(f"P2: {invented} are called accepted, and the provider has none of them")
        made = self._record.look(
            "SELECT id, state FROM touches WHERE state IN"
            " ('accepted', 'delivered', 'bounced', 'dropped', 'undelivered') AND id NOT IN"
            " (SELECT touch_id FROM attempts WHERE state = 'accepted')"
        )
        if made:
            raise Broken(f"P2: called sent without an attempt: {[tuple(row) for row in made]}")

    def _nothing_lost(self, truly: set[str]) -> None:
        denied = [
            tuple(row)
            for row in self._record.look(
                "SELECT a.id, a.state, t.id AS touch, t.state FROM attempts a JOIN touches t"
                " ON t.id = a.touch_id WHERE a.state IN ('rejected', 'not_sent')"
                " OR t.state IN ('planned', 'skipped', 'failed')"
            )
            if row["id"] in truly and row["touch"] not in self._reviewed
        ]
        if denied:
            raise Broken(f"P1: the provider has what the record says it has not: {denied}")
        unqueued = self._record.look(
            "SELECT id FROM touches WHERE state = 'planned'"
            " AND id NOT IN (SELECT touch_id FROM queue)"
        )
        if unqueued:
            raise Broken(f"P2: planned, and in no queue: {[tuple(row) for row in unqueued]}")

    def _nobody_forgotten(self) -> None:
        waiting = self._record.look(
            "SELECT e.id, e.cadence, e.customer_id FROM enrolments e WHERE e.state = 'active'"
            " AND e.plan_at IS NULL AND NOT EXISTS (SELECT 1 FROM touches t"
            " WHERE t.enrolment_id = e.id AND (t.state IN ('planned', 'sending', 'unknown')"
            " OR (t.state = 'waiting' AND EXISTS (SELECT 1 FROM tasks k"
            " WHERE k.touch_id = t.id AND k.state = 'open'))))"
        )
        if waiting:
            raise Broken(f"P5: waits for nothing: {[tuple(row) for row in waiting]}")


def _step(touch: Any) -> tuple[Cadence, Step]:
    cadence = _cadence(touch["cadence"], touch["source"])
    return cadence, next(step for step in cadence.steps if step.key == touch["step_key"])


@lru_cache(maxsize=64)
def _cadence(name: str, source: str) -> Cadence:
    return parse_cadence(source, name)


def _as_text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")
