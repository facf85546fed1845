"""A day's tasks by when they are due, and what slipped since the working day before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from contacts.cadences.signals import SLIPPING
from contacts.record.orders.signals import OpenSignal, Such, count_open, open_signals
from contacts.record.work.workload import REPLIES, Todo
from contacts.web.board.whose import Whose
from contacts.web.board.working_days import WorkingDays, begins

_SLIPPED = 3


@dataclass(frozen=True, slots=True)
class Agenda:
    """Each list with the longest due first."""

    replies: list[Todo]
    late: list[Todo]
    due: list[Todo]
    next_day: list[Todo]
    """On a day off: what is due by the end of the next working day."""
    ahead: list[Todo]

    @property
    def waits(self) -> bool:
        """Whether anything is to be done today."""
        return bool(self.replies or self.late or self.due)


@dataclass(frozen=True, slots=True)
class Slipped:
    """Whose orders gave cause since the working day before began."""

    since: date
    signals: list[OpenSignal]
    """The weightiest of them."""
    count: int
    """Of all of them."""


def agenda(listed: Sequence[Todo], whose: Whose, days: WorkingDays, *, now: datetime) -> Agenda:
    ends = whose.ends(now)
    soon = whose.ends(now, days=days.ahead) if days.is_off else ends
    tasks = [one for one in listed if one.kind not in REPLIES]
    return Agenda(
        replies=[one for one in listed if one.kind in REPLIES],
        late=[one for one in tasks if one.due_at < now],
        due=[one for one in tasks if now <= one.due_at < ends],
        next_day=[one for one in tasks if ends <= one.due_at < soon],
        ahead=[one for one in tasks if one.due_at >= soon],
    )


def slipped(
    connection: Connection, owners: Collection[int] | None, days: WorkingDays, zone: str
) -> Slipped:
    such = Such(owners, SLIPPING, since=begins(days.before, zone))
    count = sum(count_open(connection, such).values())
    found = open_signals(connection, zone=zone, such=such, limit=_SLIPPED) if count else []
    return Slipped(days.before, found, count)
