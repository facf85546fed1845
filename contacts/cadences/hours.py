"""When a touch may leave: the one rule that the planner asks, and the gate once more. Pure.

A weekly window counts on the cadence's clock. For an SMS the hours in which one may arrive count
besides, on the recipient's own clock. An instant is inside a window if the clock of its zone shows
a time inside it: so a window that opens in an hour that comes twice opens twice, and one that opens
in an hour that is skipped opens at the end of the gap.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from contacts.cadences.calendar import Place, WallTime, at_wall_time, local_date, wall_time_of
from contacts.cadences.house import days_off
from contacts.cadences.model import ALWAYS, SMS_HOURS, Cadence, Kind, Step, whole_window
from contacts.cadences.timezones import zone
from contacts.cadences.turns import next_turn
from contacts.windows import DAY_MINUTES, Weekly, Window

AHEAD = timedelta(days=62)
"""How far ahead an opening is looked for; two months late a message is not what was meant."""

_DAY = timedelta(days=1)


class Hours:
    """When a touch may leave by one channel, by each clock that counts for it."""

    def __init__(self, own: "_Clock", home: "_Clock | None" = None) -> None:
        self.own = own  # the cadence's
        self._home = home  # the recipient's, where it counts besides

    def allowed(self, instant: datetime) -> bool:
        """Whether a touch may leave at this instant."""
        return self.own.allows(instant) and (self._home is None or self._home.allows(instant))

    def next_allowed(self, instant: datetime, until: datetime) -> datetime | None:
        """The first instant from this one on at which it may; None if there is none by `until`."""
        at: datetime | None = instant
        while at is not None and at <= until:
            if self.allowed(at):
                return at
            at = self.own.next_open(at, until)
            if at is not None and self._home is not None:
                at = self._home.next_open(at, until)
        return None

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


def hours_of(cadence: Cadence, step: Step, channel: Kind, place: Place) -> Hours:
    """When a step may leave by this channel to a customer at that place."""
    free = step.any_time and channel is Kind.EMAIL
    return _hours_of(cadence.window, step.window, place, free, channel is Kind.SMS)


@lru_cache(maxsize=8192)
def _hours_of(window: Window, of_step: Window | None, place: Place, free: bool, sms: bool) -> Hours:
    weekly = ALWAYS if free else whole_window(window, of_step, place.house.usual)
    home = _Clock(SMS_HOURS, place._replace(zone=place.home or place.zone)) if sms else None
    return Hours(_Clock(weekly, place), home)


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
    """A weekly window by the clock of one zone."""

    def __init__(self, weekly: Weekly, place: Place) -> None:
        self.zone_name = place.zone
        self._zone = zone(place.zone)
        self._start, self._end, self._days, self._skips_holidays = weekly
        self._after_midnight = self._end - DAY_MINUTES  # minutes of the next day that are its too
        self._place = place

    @property
    def crosses_midnight(self) -> bool:
        return self._after_midnight > 0

    def allows(self, instant: datetime) -> bool:
        local = instant.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        if self._start <= minute < self._end and self._opens(local.date()):
            return True
        return minute < self._after_midnight and self._opens(local.date() - _DAY)

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
        minute = self._start if at is None else at.hour * 60 + at.minute
        if minute < min(self._start, self._after_midnight):
            minute += DAY_MINUTES
        return datetime.combine(day, time()) + timedelta(minutes=minute)

    def day_of(self, instant: datetime) -> date:
        local = instant.astimezone(self._zone)
        past_midnight = local.hour * 60 + local.minute < self._after_midnight
        return local.date() - _DAY if past_midnight else local.date()

    def _next_reading(self, shown: datetime, until: datetime) -> datetime | None:
        """The first reading from that one on that lies in the window, were no clock ever turned."""
        day = shown.date() - _DAY
        last = until.date() + 2 * _DAY  # further than the clocks of any zone are from UTC
        while day <= last and self._start < self._end:
            if self._opens(day):
                midnight = datetime.combine(day, time())
                if shown < midnight + timedelta(minutes=self._end):
                    return max(shown, midnight + timedelta(minutes=self._start))
            day += _DAY
        return None

    def _opens(self, day: date) -> bool:
        if day.weekday() not in self._days:
            return False
        if not self._skips_holidays:
            return True
        return day not in days_off(self._place.house, self._place.country, day.year)
