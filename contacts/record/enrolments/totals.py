"""What came of every cadence so far, and of all of them: sent, answered, skipped, tasks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from contacts.record.tables import Enrolment, Event, Task, Touch

_ARRIVED = "delivered"
_WITH_THE_PROVIDER = ("accepted", "delivered", "undelivered", "dropped", "bounced")


@dataclass(slots=True)
class CadenceTotals:
    enrolled: int = 0
    sent: int = 0
    delivered: int = 0
    replied: int = 0  # answers, not customers
    tasks: int = 0  # calls, visits and letters handed to their owners
    done: int = 0  # of these
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # by reason


@dataclass(frozen=True, slots=True)
class Tally:
    """The same over all cadences, in the numbers that a line has room for."""

    sent: int = 0
    tasks: int = 0
    skipped: int = 0
    failed: int = 0

    def since(self, before: "Tally") -> "Tally":
        """What came after `before`."""
        return Tally(
            self.sent - before.sent,
            self.tasks - before.tasks,
            self.skipped - before.skipped,
            self.failed - before.failed,
        )


def tally_of(totals: Iterable[CadenceTotals]) -> Tally:
    every = list(totals)
    return Tally(
        sent=sum(of.sent for of in every),
        tasks=sum(of.tasks for of in every),
        skipped=sum(of.skipped.total() for of in every),
        failed=sum(of.failed for of in every),
    )


def totals_by_cadence(connection: Connection) -> dict[str, CadenceTotals]:
    """The totals of every cadence that ever enrolled somebody, by its name."""
    totals: dict[str, CadenceTotals] = {}
    enrolled = select(Enrolment.cadence, func.count()).group_by(Enrolment.cadence)
    for cadence, count in connection.execute(enrolled.order_by(Enrolment.cadence)):
        totals[cadence] = CadenceTotals(enrolled=count)
    touches = select(Touch.cadence, Touch.state, Touch.reason, func.count()).group_by(
        Touch.cadence, Touch.state, Touch.reason
    )
    for cadence, state, reason, count in connection.execute(touches):
        of = totals[cadence]
        of.sent += count if state in _WITH_THE_PROVIDER else 0
        of.delivered += count if state == _ARRIVED else 0
        of.failed += count if state == "failed" else 0
        if state == "skipped":
            of.skipped[reason or ""] += count
    replies = (
        select(Touch.cadence, func.count())
        .join(Event, Event.touch_id == Touch.id)
        .where(Event.kind == "replied")
        .group_by(Touch.cadence)
    )
    for cadence, count in connection.execute(replies):
        totals[cadence].replied = count
    tasks = (
        select(Touch.cadence, Task.state, func.count())
        .join(Task, Task.touch_id == Touch.id)
        .group_by(Touch.cadence, Task.state)
    )
    for cadence, state, count in connection.execute(tasks):
        totals[cadence].tasks += count
        totals[cadence].done += count if state == "done" else 0
    return totals
