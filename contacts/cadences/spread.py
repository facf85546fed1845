"""Two cadences that write to a customer on one day: who keeps the day, and who moves. Pure.

The higher priority keeps it, and of equals the message that was planned first. The other one moves
to the next day that is free, at its time of day; where there is none in time it moves behind those
of its own day, and the gate lets it go only if they leave it room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contacts.cadences.calendar import local_date, wall_time_of
from contacts.cadences.hours import Hours
from contacts.cadences.room import IN_TIME


@dataclass(eq=False, slots=True)
class Slot:
    """A planned message of a customer's; `ready_at` is changed as it moves."""

    channel: str
    priority: int
    ready_at: datetime
    not_after: datetime
    hours: Hours
    home: str  # the customer's zone, by whose days messages count
    may_move: bool = True

    @property
    def day(self) -> date:
        return local_date(self.ready_at, self.home)


def spread(new: Slot, planned: Sequence[Slot], *, most: int | None) -> list[Slot]:
    """Make room for a message beside those of the same customer; return those that move.

    `most` is how many messages a day may have by all channels together, if anybody said.
    """
    everyone = [*planned, new]
    losers = [slot for slot in _losers(new, planned, most) if slot.may_move]
    return [loser for loser in losers if _moves(loser, everyone, most)]


def _losers(new: Slot, planned: Sequence[Slot], most: int | None) -> list[Slot]:
    crowd = [slot for slot in planned if slot.day == new.day]
    rivals = [slot for slot in crowd if slot.channel == new.channel]
    if any(slot.priority >= new.priority for slot in rivals):
        return [new]
    staying = [slot for slot in crowd if slot not in rivals]
    too_many = 0 if most is None else len(staying) + 1 - most
    if too_many <= 0:
        return rivals
    lowest_first = sorted([new, *staying], key=lambda slot: slot.priority)[:too_many]
    return [new] if new in lowest_first else [*rivals, *lowest_first]


def _moves(slot: Slot, everyone: Sequence[Slot], most: int | None) -> bool:
    at = _next_free(slot, everyone, most) or _behind(slot, everyone, most)
    if at is None:
        return False
    slot.ready_at = at
    return True


def _next_free(slot: Slot, everyone: Sequence[Slot], most: int | None) -> datetime | None:
    """The slot's time of day on the next day that has room for it; None if that is too late."""
    zone = slot.hours.own.zone_name
    shown = wall_time_of(slot.ready_at, zone).local
    others = [one for one in everyone if one is not slot]
    for ahead in range(1, (slot.not_after - slot.ready_at).days + 2):
        day = date.fromordinal(shown.toordinal() + ahead)
        due = slot.hours.due(day, shown.time())
        if due is None or due.instant > slot.not_after - IN_TIME:
            return None
        if due.instant > slot.ready_at and _is_free(slot, due.instant, others, most):
            return due.instant
    return None


def _behind(slot: Slot, everyone: Sequence[Slot], most: int | None) -> datetime | None:
    """As the last of its own day has had its turn; None if it is that one, or has no hour then.

    Of one instant the one that was planned last comes last.
    """
    crowd = [one for one in reversed(everyone) if one.day == slot.day]
    last = max((one for one in crowd if most or one.channel == slot.channel), key=_when)
    at = slot.hours.next_allowed(last.ready_at + IN_TIME, slot.not_after)
    if last is slot or at is None or local_date(at, slot.home) != slot.day:
        return None
    return at


def _when(slot: Slot) -> datetime:
    return slot.ready_at


def _is_free(slot: Slot, at: datetime, others: Sequence[Slot], most: int | None) -> bool:
    day = local_date(at, slot.home)
    there = [one.channel for one in others if one.day == day]
    return slot.channel not in there and (most is None or len(there) < most)
