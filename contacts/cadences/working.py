"""The days on which owners work, those who stand in for them, and what is due by when. Pure."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.cadences.house import House, days_off, house_of
from contacts.settings import Owner, Settings
from contacts.windows import USUAL, Weekly

K = TypeVar("K", bound=Hashable)
_DAY = timedelta(days=1)


class Worker(NamedTuple):
    """When somebody works, by the clock of their zone."""

    zone: str
    weekly: Weekly
    country: str  # ISO 3166-1 alpha-2
    region: str  # a part of it with holidays of its own; empty for none
    house: House

    def works_on(self, day: date) -> bool:
        if day.weekday() not in self.weekly.days:
            return False
        if not self.weekly.skips_holidays:
            return True
        return day not in days_off(self.house, self.country, day.year, self.region)

    def end_of(self, day: date) -> datetime:
        """When their hours of that day are over."""
        over = datetime.combine(day, time()) + timedelta(minutes=self.weekly.end)
        return at_wall_time(over, self.zone).instant


@dataclass(frozen=True, slots=True)
class Away(Generic[K]):
    """Somebody is away from the first of these days to the last, and another acts for them."""

    from_on: date
    until_on: date
    stand_in: K


def acting_for(
    absences: Mapping[K, Sequence[Away[K]]], who: K, on: date, *, among: Collection[K]
) -> K:
    """Who acts for somebody on a day, along the stand-ins that are away as well.

    One who is no longer among the owners acts for nobody.
    """
    met = {who}
    while (after := _stand_in(absences, who, on)) is not None and after in among:
        if after in met:  # no such ring is ever written down
            break
        met.add(after)
        who = after
    return who


def _stand_in(absences: Mapping[K, Sequence[Away[K]]], who: K, on: date) -> K | None:
    days = absences.get(who, ())
    return next((one.stand_in for one in days if one.from_on <= on <= one.until_on), None)


class Roster:
    """Who works when, by the owner's e-mail address in lower case.

    A day of absence is worked by whoever acts then: it counts if that is a business day of theirs.
    """

    def __init__(
        self, workers: Mapping[str, Worker], absences: Mapping[str, Sequence[Away[str]]]
    ) -> None:
        self._workers = workers
        self._absences = absences
        self._known: dict[tuple[str, date], bool] = {}
        self._due: dict[tuple[str, date, int, bool], datetime] = {}

    def __contains__(self, email: str) -> bool:
        return email in self._workers

    def acting(self, email: str, on: date) -> str:
        """Who acts for the owner on that day: the owner, as a rule."""
        if email not in self._absences:
            return email
        return acting_for(self._absences, email, on, among=self._workers)

    def works_on(self, email: str, day: date) -> bool:
        """Whether that is a business day for what is the owner's."""
        key = (email, day)
        if key not in self._known:
            self._known[key] = self._workers[self.acting(email, day)].works_on(day)
        return self._known[key]

    def today(self, email: str, now: datetime) -> date:
        """The day it is where the owner is."""
        return local_date(now, self.zone(email))

    def next_day(self, email: str, now: datetime) -> date:
        """The first business day after today for what is the owner's."""
        day = self.today(email, now) + _DAY
        while not self.works_on(email, day):
            day += _DAY
        return day

    def zone(self, email: str) -> str:
        """Where the owner has their days."""
        return self._workers[email].zone

    def end_of(self, email: str, day: date) -> datetime:
        """When the hours of a day are over for whoever acts for the owner on it."""
        return self._workers[self.acting(email, day)].end_of(day)

    def due(self, email: str, instant: datetime, days: int, *, business: bool) -> datetime:
        """The end of the owner's hours, so many (business) days after an instant.

        Days that all count end on the first day from then on that is worked.
        """
        key = (email, self.today(email, instant), days, business)
        if key not in self._due:
            self._due[key] = self._end(*key)
        return self._due[key]

    def days_late(self, email: str, due_at: datetime, now: datetime) -> int:
        """How many business days have begun since the day by whose end it was due."""
        if due_at >= now:
            return 0
        zone = self._zone_now(email, now)
        day, today = local_date(due_at, zone), local_date(now, zone)
        ahead = (day + timedelta(days=days) for days in range(1, (today - day).days + 1))
        return sum(self.works_on(email, one) for one in ahead)

    def late_since(self, email: str, days: int, now: datetime) -> datetime:
        """What was due before this instant is so many business days late, or more."""
        zone = self._zone_now(email, now)
        day = local_date(now, zone)
        while (days := days - self.works_on(email, day)) > 0:
            day -= _DAY
        return at_wall_time(datetime.combine(day, time()), zone).instant

    def _end(self, email: str, day: date, days: int, business: bool) -> datetime:
        if not business:
            day += timedelta(days=days)
            while not self.works_on(email, day):
                day += _DAY
        while business and days > 0:
            day += _DAY
            days -= self.works_on(email, day)
        return self.end_of(email, day)

    def _zone_now(self, email: str, now: datetime) -> str:
        """Where whoever acts today has their days."""
        return self._workers[self.acting(email, self.today(email, now))].zone


def workers_of(settings: Settings) -> dict[str, Worker]:
    """How the owners of the settings work, by their e-mail address in lower case."""
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    zone, country = settings.default_timezone, settings.default_country
    return {
        owner.email.strip().lower(): _worker(owner, zone, country, house)
        for owner in settings.owners
    }


@lru_cache(maxsize=1024)
def _worker(owner: Owner, default_zone: str, default_country: str, house: House) -> Worker:
    return Worker(
        zone=owner.timezone or default_zone,
        weekly=owner.hours.over(USUAL),
        country=owner.country or default_country,
        region=owner.region or "",
        house=house,
    )
