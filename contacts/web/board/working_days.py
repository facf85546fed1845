"""Whether today is a day off for those whose day it is, and which days before and after are not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contacts.cadences.calendar import at_wall_time
from contacts.cadences.working import Roster

_DAY = timedelta(days=1)
_FARTHEST = 21
"""Days; nobody's holidays are longer, and who never works is not looked for."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    today: date
    is_off: bool
    """Nobody of them works today."""
    before: date
    """The working day before today."""
    after: date
    """The next one after today."""

    @property
    def ahead(self) -> int:
        """Days from today to the next working day."""
        return (self.after - self.today).days


def working_days(roster: Roster, people: Collection[str], today: date) -> WorkingDays:
    """Of owners by their addresses; a day counts that one of them works, and without any, each."""
    known = [one for one in people if one in roster]

    def works(day: date) -> bool:
        return not known or any(roster.works_on(one, day) for one in known)

    days = range(1, _FARTHEST)
    return WorkingDays(
        today,
        is_off=not works(today),
        before=next((day for n in days if works(day := today - n * _DAY)), today - _DAY),
        after=next((day for n in days if works(day := today + n * _DAY)), today + _DAY),
    )


def begins(day: date, zone: str) -> datetime:
    """When a day begins by a clock."""
    return at_wall_time(datetime.combine(day, datetime.min.time()), zone).instant
