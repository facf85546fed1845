"""Which days some owners work, each by their own clock: today, the one before and the next."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.cadences.working import Roster
from contacts.web.board.whose import Whose

_DAY = timedelta(days=1)
_AHEAD = 7
"""Days beyond today that a list looks, or as many as there are to the next working day."""
_FARTHEST = 21
"""Days; nobody's holidays are longer, and who never works is not looked for."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """By one clock."""

    zone: str
    today: date
    is_off: bool
    """Nobody works today."""
    before: date
    """The working day before today."""
    after: date
    """The next one after today."""

    @property
    def since(self) -> datetime:
        """When the working day before began."""
        return _begins(self.before, self.zone)

    @property
    def ends(self) -> datetime:
        return _begins(self.today + _DAY, self.zone)

    @property
    def next_ends(self) -> datetime:
        """When the next working day is over."""
        return _begins(self.after + _DAY, self.zone)

    @property
    def until(self) -> datetime:
        """How far ahead the list of this day looks."""
        return max(self.next_ends, _begins(self.today + (_AHEAD + 1) * _DAY, self.zone))


@dataclass(frozen=True, slots=True)
class TheirDays:
    """The days of those whose day it is."""

    each: Mapping[int, WorkingDays]
    """By the owner's id."""
    rest: WorkingDays
    """Of what is none of theirs."""

    def of(self, owner_id: int | None) -> WorkingDays:
        return self.rest if owner_id is None else self.each.get(owner_id, self.rest)

    @property
    def all(self) -> list[WorkingDays]:
        return list(self.each.values()) or [self.rest]

    @property
    def is_off(self) -> bool:
        """Every one of them has a day off, each on their own today."""
        return all(one.is_off for one in self.all)

    @property
    def today(self) -> date | None:
        """None: they are on different dates."""
        return _same(one.today for one in self.all)

    @property
    def after(self) -> date | None:
        """Their next working day, if it is the same."""
        return _same(one.after for one in self.all)

    @property
    def before(self) -> date:
        """The earliest of the working days before."""
        return min(one.before for one in self.all)

    @property
    def since(self) -> datetime:
        """When the first of the working days before began."""
        return min(one.since for one in self.all)

    @property
    def until(self) -> datetime:
        return max(one.until for one in [*self.all, self.rest])

    @property
    def dates(self) -> list[tuple[date, list[str]]]:
        """Every date that it is for somebody, the earliest first, with the zones it is in."""
        found: dict[date, set[str]] = {}
        for one in self.all:
            found.setdefault(one.today, set()).add(one.zone)
        return [(on, sorted(found[on])) for on in sorted(found)]

    @property
    def has_one_clock(self) -> bool:
        return len({one.zone for one in self.all}) == 1


def their_days(roster: Roster, whose: Whose, now: datetime) -> TheirDays:
    """Of an owner whom the roster does not know, and without any, every day is a working day."""
    known = {key: one for key, one in whose.people.items() if one.email in roster}
    return TheirDays(
        {key: _working_days(roster, [one.email], one.zone, now) for key, one in known.items()},
        _working_days(roster, [one.email for one in known.values()], whose.zone, now),
    )


def _working_days(
    roster: Roster, people: Collection[str], zone: str, now: datetime
) -> WorkingDays:  # fmt: skip
    today = local_date(now, zone)

    def works(day: date) -> bool:
        return not people or any(roster.works_on(one, day) for one in people)

    days = range(1, _FARTHEST)
    return WorkingDays(
        zone,
        today,
        is_off=not works(today),
        before=next((day for n in days if works(day := today - n * _DAY)), today - _DAY),
        after=next((day for n in days if works(day := today + n * _DAY)), today + _DAY),
    )


def _same(days: Iterable[date]) -> date | None:
    found = set(days)
    return found.pop() if len(found) == 1 else None


def _begins(day: date, zone: str) -> datetime:
    return at_wall_time(datetime.combine(day, datetime.min.time()), zone).instant
