"""What the days of a batch's customers hold: messages they had, and those that are to go first.

Where a touch is late, or was put off before, messages of higher priority may be planned for the
same customer's day. They are waited for: so it is never the queue's order alone that says who goes.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.model import Kind
from contacts.cadences.permit import Circumstances
from contacts.cadences.reasons import Reason
from contacts.cadences.room import NOTHING, SAME_NUMBER, Before, longest
from contacts.delivery.prepare import Prepared
from contacts.record.locks import hold_messages, share_customers
from contacts.record.touches.beside import planned_beside
from contacts.record.touches.reached import numbers_reached_after, reached_after, reached_on
from contacts.record.versions import cadences_of

LATE = timedelta(hours=1)
"""Past it a touch may meet others that were planned for another day than it was."""
_PUT_OFF = (Reason.CAPPED, Reason.SPREAD)


class _Planned(NamedTuple):
    priority: int
    channel: str
    ready_at: datetime


class Days:
    """The messages of customers' days, as they fill up while verdicts are given."""

    def __init__(self, circumstances: Circumstances) -> None:
        self._now = circumstances.now
        self._circumstances = circumstances
        self._caps = circumstances.caps
        self._by_number = any(cap.channel == "sms" for cap in self._caps)
        self._had: dict[int, list[tuple[str, date]]] = {}
        self._going: dict[int, list[tuple[str, date]]] = {}
        self._planned: dict[int, dict[int, _Planned]] = {}  # by customer, and by touch
        self._same_number: dict[str, set[int]] = {}
        self._looked_at: set[int] = set()  # enrolments

    def hold(self, connection: Connection, prepared: Iterable[Prepared]) -> None:
        """Keep these customers' days as they are until this transaction ends.

        The database itself holds one message a channel and day; for more than that it is asked to
        let one worker after the other count.
        """
        ids = {one.customer_id for one in prepared}
        if self._caps:
            hold_messages(connection, ids, by_number=self._by_number)
        else:
            share_customers(connection, ids)

    def look(self, connection: Connection, prepared: Sequence[Prepared]) -> None:
        """Read what the days of these touches' customers had, of those not read before."""
        if not prepared:
            return
        new = {one.customer_id for one in prepared} - self._had.keys()
        self._had.update((customer, []) for customer in new)
        for customer, channel, day in self._reached(connection, new, prepared):
            self._had[customer].append((channel, day))
        if self._by_number:
            for one in prepared:
                number = one.facts.customer.phone
                self._same_number.setdefault(number, set()).add(one.customer_id)
        self._looked_at.update(one.touch.enrolment_id for one in prepared)
        self._look_ahead(connection, prepared)

    def before(self, one: Prepared) -> Before:
        """What its customer's days hold before this touch."""
        customer = one.customer_id
        had, going = self._had[customer], self._going.get(customer, ())
        planned = self._planned.get(customer)
        if not planned:
            return Before(had, going) if had or going else NOTHING
        planned.pop(one.touch.id, None)
        zone, today = one.facts.customer.timezone, one.local_day
        first = [
            (other.channel, today)
            for other in planned.values()
            if other.priority > one.priority and local_date(other.ready_at, zone) <= today
        ]
        return Before(had, going, first)

    def go(self, one: Prepared, channel: Kind) -> None:
        """This touch is about to leave by a channel, today."""
        if channel.is_human:
            return
        self._going.setdefault(one.customer_id, []).append((channel, one.local_day))
        if self._by_number and channel is Kind.SMS:
            for other in self._same_number[one.facts.customer.phone] - {one.customer_id}:
                self._going.setdefault(other, []).append((SAME_NUMBER, one.local_day))

    def wait(self, one: Prepared, until: datetime, *, why: Reason) -> None:
        """This touch is asked about again at that instant."""
        if why is Reason.UNCONFIRMED:
            return  # nobody waits for a word that may never come
        if not self._stands_still(one.cadence.name, one.cadence.purpose, one.touch.channel):
            waiting = _Planned(one.priority, one.touch.channel, until)
            self._planned.setdefault(one.customer_id, {})[one.touch.id] = waiting

    def have_left(self) -> None:
        """What was about to leave is as good as on record."""
        for customer, going in self._going.items():
            self._had[customer] += going
        self._going.clear()

    def _reached(
        self, connection: Connection, customers: set[int], prepared: Sequence[Prepared]
    ) -> Iterable[tuple[int, str, Any]]:
        days = {one.local_day for one in prepared}
        if not self._caps:
            return reached_on(connection, customers, days)
        since = min(days) - longest(self._caps)
        found = list(reached_after(connection, customers, since))
        if self._by_number:
            found += numbers_reached_after(connection, customers, since)
        return found

    def _look_ahead(self, connection: Connection, prepared: Sequence[Prepared]) -> None:
        late = self._now - LATE
        asking = {
            one.customer_id
            for one in prepared
            if self._caps or one.touch.due_at < late or one.touch.reason in _PUT_OFF
        }
        if not asking:
            return
        rows = planned_beside(connection, asking, but=self._looked_at)
        cadences = cadences_of(connection, {row.version_id for row in rows}) if rows else {}
        for row in rows:
            cadence = cadences.get(row.version_id)
            if cadence is None or row.reason == Reason.UNCONFIRMED:
                continue
            if self._stands_still(row.cadence, row.purpose, row.channel):
                continue
            step = next(step for step in cadence.steps if step.key == row.step_key)
            other = _Planned(cadence.priority_of(step), row.channel, row.ready_at)
            self._planned.setdefault(row.customer_id, {})[row.id] = other

    def _stands_still(self, cadence: str, purpose: str, channel: str) -> bool:
        """Nobody waits for what has no end in sight itself."""
        here = self._circumstances
        if cadence in here.paused or channel in here.closed:
            return True
        return purpose == "marketing" and channel in here.no_marketing
