"""A day's tasks by when they are due, what is planned for a person, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts.record.work.planned import PlannedTouch
from contacts.record.work.workload import REPLIES, Todo
from contacts.web.board.working_days import TheirDays


@dataclass(frozen=True, slots=True)
class Agenda:
    """Each list with the longest due first; a day is that of whose task it is."""

    replies: list[Todo]
    late: list[Todo]
    due: list[Todo]
    later: list[PlannedTouch]
    """What becomes a task before the day is over."""
    next_day: list[Todo]
    """On a day off: what is due by the end of the next working day."""
    next_planned: list[PlannedTouch]
    ahead: list[Todo]
    ahead_planned: list[PlannedTouch]

    @property
    def waits(self) -> bool:
        """Whether anything is to be done now."""
        return bool(self.replies or self.late or self.due)

    @property
    def all_next_day(self) -> list[Todo | PlannedTouch]:
        return _in_order(self.next_day, self.next_planned)

    @property
    def all_ahead(self) -> list[Todo | PlannedTouch]:
        return _in_order(self.ahead, self.ahead_planned)


def agenda(
    listed: Sequence[Todo], planned: Sequence[PlannedTouch], days: TheirDays, *, now: datetime
) -> Agenda:
    def ends(one: Todo | PlannedTouch) -> datetime:
        return days.of(one.owner_id).ends

    def soon(one: Todo | PlannedTouch) -> datetime:
        return days.of(one.owner_id).next_ends if days.is_off else ends(one)

    tasks = [one for one in listed if one.kind not in REPLIES]
    return Agenda(
        replies=[one for one in listed if one.kind in REPLIES],
        late=[one for one in tasks if one.due_at < now],
        due=[one for one in tasks if now <= one.due_at < ends(one)],
        later=[one for one in planned if one.from_at < ends(one)],
        next_day=[one for one in tasks if ends(one) <= one.due_at < soon(one)],
        next_planned=[one for one in planned if ends(one) <= one.from_at < soon(one)],
        ahead=[one for one in tasks if one.due_at >= soon(one)],
        ahead_planned=[one for one in planned if one.from_at >= soon(one)],
    )


def _in_order(
    tasks: Sequence[Todo], planned: Sequence[PlannedTouch]
) -> list[Todo | PlannedTouch]:  # fmt: skip
    def at(one: Todo | PlannedTouch) -> datetime:
        return one.due_at if isinstance(one, Todo) else one.from_at

    return sorted([*tasks, *planned], key=at)
