"""When a touch may leave: the one rule that the planner asks, and the gate once more. Pure.

A weekly window counts on the cadence's clock. For an SMS the hours in which one may arrive count
besides, on the recipient's own clock. An instant is inside a window if the clock of its zone shows
a time inside it: so a window that opens in an hour that comes twice opens twice, and one that opens
in an hour that is skipped opens at the end of the gap.

The time of day that a customer likes best comes last: it moves a touch by less than a day, or else
not at all.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial

from contacts.cadences.calendar import Place, WallTime, at_wall_time, local_date, wall_time_of
from contacts.cadences.house import House, days_off
from contacts.cadences.model import ALWAYS, Cadence, Kind, Step, whole_window
from contacts.cadences.regions import subdivision
from contacts.cadences.timezones import zone
from contacts.cadences.turns import next_turn
from contacts.cadences.wishes import BEST_TIMES
from contacts.windows import DAY_MINUTES, Week, Weekly, Window

AHEAD = timedelta(days=62)
"""How far ahead an opening is looked for; two months late a message is not what was meant."""

_DAY = timedelta(days=1)


class Hours:
    """When a touch may leave by one channel, by each clock that counts for it."""

    def __init__(
        self, own: "_Clock", others: "Sequence[_Clock]" = (), best: "_Clock | None" = None
    ) -> None:
        self.own = own  # the cadence's
        self._others = others  # the recipient's, where they count besides
        self._best = best  # the recipient's wish, which yields

    def allowed(self, instant: datetime) -> bool:
        """Whether a touch may leave at this instant."""
        if not self.own.allows(instant):
            return False
        if self._others and not all(clock.allows(instant) for clock in self._others):
            return False
        return self._best is None or self._as_wished(instant) == instant

    def next_allowed(self, instant: datetime, until: datetime) -> datetime | None:
        """The first instant from this one on at which it may; None if there is none by `until`."""
        first = _next_open((self.own, *self._others), instant, until)
        if first is None or self._best is None:
            return first
        wished = self._as_wished(first)
        return wished if wished <= until else None

    def moves_by_wish(self, instant: datetime, opening: datetime) -> bool:
        """Whether the recipient's wish is why it leaves at that opening and not at one before."""
        if self._best is None:
            return False
        return _next_open((self.own, *self._others), instant, opening) != opening

    def due(self, day: date, at: time | None) -> WallTime | None:
        """When a touch is due that falls on a day: at its own time, else as the window opens.

        Both by the cadence's clock, and moved to the next opening where it may not leave then.
        """
        return _due(self, day, at)

    def day_of(self, instant: datetime) -> date:
        """The day that an instant counts for: past midnight, a night is still its evening's."""
        return self.own.day_of(instant)

    def are_of_the_eve(self, instant: datetime, day: date) -> bool:
        """Whether they hold at an instant of that day for a night that began the day before."""
        if not self.own.crosses_midnight or local_date(instant, self.own.zone_name) != day:
            return False
        return self.day_of(instant) < day and self.allowed(instant)

    def _as_wished(self, opening: datetime) -> datetime:
        """The first wished instant within a day from this opening on; without one, the opening."""
        assert self._best is not None  # noqa: S101  # the callers looked
        clocks = (self.own, *self._others, self._best)
        return _next_open(clocks, opening, opening + _DAY) or opening


def hours_of(cadence: Cadence, step: Step, channel: Kind, place: Place) -> Hours:
    """When a step may leave by this channel to a customer at that place."""
    if channel is Kind.SMS:
        return _hours_of_sms(cadence.window, step.window, place)
    free = step.any_time and channel is Kind.EMAIL
    wish = _wish_of(place) if place.best and channel is Kind.EMAIL and not free else None
    part = subdivision(place.country, place.region) if place.region else ""
    # By what counts alone, for so the hours of many customers are the same.
    return _hours_of(
        cadence.window, step.window, free, place.zone, (place.country, part), place.house, wish
    )


_Wish = tuple[str, str]
"""A time of day, and the zone by whose clock it counts."""
_Where = tuple[str, str]
"""The country whose public holidays count, and the part of it, or nothing."""
_ANYWHERE = "", ""


def _wish_of(place: Place) -> _Wish:
    return place.best, place.home or place.zone


@lru_cache(maxsize=4096)
def _hours_of(  # noqa: PLR0913  # by place: the keys of a cache
    window: Window,
    of_step: Window | None,
    free: bool,
    zone_name: str,
    where: _Where,
    house: House,
    wish: _Wish | None,
) -> Hours:
    weekly = ALWAYS if free else whole_window(window, of_step, house.usual)
    if where != _ANYWHERE and not weekly.skips_holidays:
        return _hours_of(window, of_step, free, zone_name, _ANYWHERE, house, wish)
    return Hours(_clock_of(weekly, zone_name, where, house), best=_best_clock(wish))


@lru_cache(maxsize=8192)
def _hours_of_sms(window: Window, of_step: Window | None, place: Place) -> Hours:
    zone_name, country, home, house, region, area, best = place
    weekly = whole_window(window, of_step, house.usual)
    clocks = house.law.clocks(country, region, area, home or zone_name)
    others = [_Clock(week, where) for where, week in clocks.items()]
    wish = _best_clock(_wish_of(place) if best else None)
    return Hours(_clock_of(weekly, zone_name, (country, region), house), others, wish)


def _best_clock(wish: _Wish | None) -> "_Clock | None":
    return None if wish is None else _Clock((BEST_TIMES[wish[0]],) * 7, wish[1])


def _next_open(clocks: "Sequence[_Clock]", instant: datetime, until: datetime) -> datetime | None:
    """The first instant from this one on that all these clocks allow."""
    at: datetime | None = instant
    while at is not None and at <= until:
        if all(clock.allows(at) for clock in clocks):
            return at
        for clock in clocks:
            at = None if at is None else clock.next_open(at, until)
    return None


def _clock_of(weekly: Weekly, zone_name: str, where: _Where, house: House) -> "_Clock":
    country, part = where
    off = partial(days_off, house, country, **({"region": part} if part else {}))
    return _Clock(weekly.week, zone_name, off if weekly.skips_holidays else None)


@lru_cache(maxsize=8192)
def _due(hours: Hours, day: date, at: time | None) -> WallTime | None:
    own = hours.own
    open_day = own.open_day(day)
    if open_day is None:
        return None
    due = at_wall_time(own.on(open_day, at), own.zone_name)
    if hours.allowed(due.instant):
        return due
    instant = hours.next_allowed(due.instant, due.instant + AHEAD)
    return None if instant is None else wall_time_of(instant, own.zone_name)


class _Clock:
    """The hours of a week by the clock of one zone, without the days off that a year has."""

    def __init__(
        self, week: Week, zone_name: str, off: Callable[[int], frozenset[date]] | None = None
    ) -> None:
        self.zone_name = zone_name
        self.crosses_midnight = any(end > DAY_MINUTES for _, end in week)
        self._zone = zone(zone_name)
        self._week = week
        self._off = off

    def allows(self, instant: datetime) -> bool:
        local = instant.astimezone(self._zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        start, end = self._week[day.weekday()]
        if start <= minute < end and self._opens(day):
            return True
        return self.crosses_midnight and self._reaches_past_midnight(day - _DAY, minute)

    def next_open(self, instant: datetime, until: datetime) -> datetime | None:
        """The first instant from this one on that it allows, or None if there is none by `until`.

        Looked for by the readings of the clock, from one turn of it to the next.
        """
        at = instant
        while at <= until:
            shown = at.astimezone(self._zone).replace(tzinfo=None)
            reading = self._next_reading(shown, until)
            turn = next_turn(at, self.zone_name)
            if reading is not None and (opens := at + (reading - shown)) < turn:
                return opens if opens <= until else None
            at = turn
        return None

    def open_day(self, day: date) -> date | None:
        """The first day from this one on that the window includes; None if it is too far off."""
        ahead = (day + timedelta(days=days) for days in range(AHEAD.days))
        return next((one for one in ahead if self._opens(one)), None)

    def on(self, day: date, at: time | None) -> datetime:
        """The reading of the clock at that time of an open day, or as the window opens on it."""
        start, end = self._week[day.weekday()]
        minute = start if at is None else at.hour * 60 + at.minute
        if minute < min(start, end - DAY_MINUTES):
            minute += DAY_MINUTES
        return datetime.combine(day, time()) + timedelta(minutes=minute)

    def day_of(self, instant: datetime) -> date:
        local = instant.astimezone(self._zone)
        eve, minute = local.date() - _DAY, local.hour * 60 + local.minute
        return eve if self._reaches_past_midnight(eve, minute) else local.date()

    def _reaches_past_midnight(self, eve: date, minute: int) -> bool:
        """Whether a night that began on that day goes on at that minute of the next."""
        return minute + DAY_MINUTES < self._week[eve.weekday()][1] and self._opens(eve)

    def _next_reading(self, shown: datetime, until: datetime) -> datetime | None:
        """The first reading from that one on that lies in the hours, were no clock ever turned."""
        day = shown.date() - _DAY
        last = until.date() + 2 * _DAY  # further than the clocks of any zone are from UTC
        while day <= last:
            if self._opens(day):
                midnight = datetime.combine(day, time())
                opens, closes = (timedelta(minutes=one) for one in self._week[day.weekday()])
                if shown < midnight + closes:
                    return max(shown, midnight + opens)
            day += _DAY
        return None

    def _opens(self, day: date) -> bool:
        start, end = self._week[day.weekday()]
        return start < end and (self._off is None or day not in self._off(day.year))
