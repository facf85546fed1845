"""What the days of a batch's customers hold: messages they had, and those that will leave first.

Where a touch is late, or was put off before, messages of higher priority may be planned for the
same customer's day. Each takes its place before it leaves: so it is never the queue's order alone
that says who goes.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.model import Kind
from contacts.cadences.permit import Circumstances
from contacts.cadences.reasons import Reason
from contacts.cadences.room import SAME_NUMBER, Taken, longest
from contacts.delivery.prepare import Prepared
from contacts.record.beside import planned_beside
from contacts.record.locks import hold_messages, share_customers
from contacts.record.reached import numbers_reached_after, reached_after, reached_on
from contacts.record.versions import cadences_of

LATE = timedelta(hours=1)
"""Past it a touch may meet others that were planned for another day than it was."""
_PUT_OFF = (Reason.CAPPED, Reason.SPREAD)


class Days:
    """The messages of customers' days, as they fill up while verdicts are given."""

    def __init__(self, circumstances: Circumstances) -> None:
        self._now = circumstances.now
        self._circumstances = circumstances
        self._caps = circumstances.caps
        self._by_number = any(cap.channel == "sms" for cap in self._caps)
        self._had: dict[int, list[tuple[str, Any]]] = {}
        self._first: dict[int, list[tuple[int, Any]]] = {}  # with their priority
        self._same_number: dict[str, set[int]] = {}

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
        self._look_ahead(connection, prepared)

    def before(self, one: Prepared) -> Taken:
        """What its customer's days hold before this touch."""
        had = self._had[one.customer_id]
        first = self._first.get(one.customer_id)
        if not first:
            return had
        zone, mine, today = one.facts.customer.timezone, one.priority, one.local_day
        higher = [
            (row.channel, today)
            for priority, row in first
            if priority > mine and local_date(row.ready_at, zone) <= today
        ]
        return [*had, *higher]

    def take(self, one: Prepared, channel: Kind) -> None:
        """This touch leaves by a channel, today."""
        if channel.is_human:
            return
        self._had[one.customer_id].append((channel, one.local_day))
        if self._by_number and channel is Kind.SMS:
            for other in self._same_number[one.facts.customer.phone] - {one.customer_id}:
                self._had[other].append((SAME_NUMBER, one.local_day))

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
        batch = [one.touch.enrolment_id for one in prepared]
        rows = planned_beside(connection, asking, but=batch)
        cadences = cadences_of(connection, {row.version_id for row in rows}) if rows else {}
        for row in rows:
            cadence = cadences.get(row.version_id)
            if cadence is not None and self._will_leave(row):
                step = next(step for step in cadence.steps if step.key == row.step_key)
                priority = cadence.priority_of(step)
                self._first.setdefault(row.customer_id, []).append((priority, row))

    def _will_leave(self, row: Any) -> bool:
        """Nobody gives way to what is too late by now, or stands still itself."""
        here = self._circumstances
        if row.cadence in here.paused or row.channel in here.closed:
            return False
        if row.purpose == "marketing" and row.channel in here.no_marketing:
            return False
        return bool(row.not_after >= max(here.now, row.ready_at))
