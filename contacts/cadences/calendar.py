"""Wall time and windows: from a customer's local day and hour to the one instant they mean.

A wall time in a zone becomes UTC by RFC 5545, 3.3.5: in a gap the offset before the gap counts, in
a fold the first occurrence. Python's `fold=0` does exactly that; a round trip shows that it did.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.model import Cadence, Window
from contacts.cadences.timezones import zone

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_A_YEAR = 366


@dataclass(frozen=True, slots=True)
class WallTime:
    """A local time, the zone it is in, and the instant it means."""

    local: datetime  # naive
    zone: str
    instant: datetime  # aware, UTC
    adjusted: bool  # the wall time fell into a gap of daylight saving


class Place(NamedTuple):
    """Where a customer's days and hours are counted."""

    zone: str
    country: str  # ISO 3166-1 alpha-2, for its public holidays


def place_of(cadence: Cadence, customer: CustomerFacts) -> Place:
    """Where the cadence's days and hours are counted for this customer."""
    return Place(zone=cadence.zone_for(customer.timezone), country=customer.country)


@lru_cache(maxsize=4096)
def at_wall_time(local: datetime, zone_name: str) -> WallTime:
    """The instant of a naive local time; a time that does not exist moves past the gap."""
    instant = local.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC)
    shown = instant.astimezone(zone(zone_name)).replace(tzinfo=None)
    return WallTime(local, zone_name, instant, adjusted=shown != local)


def local_date(instant: datetime, zone_name: str) -> date:
    """The calendar day of an instant in a zone."""
    return instant.astimezone(zone(zone_name)).date()


def is_open(instant: datetime, window: Window, place: Place) -> bool:
    """Whether a touch may leave at this instant."""
    local = instant.astimezone(zone(place.zone))
    if not _is_open_day(local.date(), window, place):
        return False
    return window.start.as_time() <= local.time() < window.closes


def next_opening(instant: datetime, window: Window, place: Place) -> datetime:
    """The first instant from `instant` on at which a touch may leave."""
    if is_open(instant, window, place):
        return instant
    local = instant.astimezone(zone(place.zone))
    day = local.date()
    if local.time() >= window.start.as_time():
        day += timedelta(days=1)
    day = next_open_day(day, window, place)
    return at_wall_time(datetime.combine(day, window.start.as_time()), place.zone).instant


def next_open_day(day: date, window: Window, place: Place) -> date:
    """The first day from `day` on that the window includes.

    A window whose every day is a holiday would never open; after a year the day itself is taken.
    """
    for ahead in range(_A_YEAR):
        candidate = day + timedelta(days=ahead)
        if _is_open_day(candidate, window, place):
            return candidate
    return day


def opening_on(day: date, at: time | None, window: Window, place: Place) -> WallTime:
    """When a touch of that open day is due: at the step's own time, else when the window opens."""
    return at_wall_time(datetime.combine(day, at or window.start.as_time()), place.zone)


def deadline(instant: datetime, days: int, *, business: bool, place: Place) -> datetime:
    """The end of the local day `days` (business) days after an instant: 18:00 there."""
    day = local_date(instant, place.zone)
    left = days
    while left > 0:
        day += timedelta(days=1)
        if not business or is_business_day(day, place.country):
            left -= 1
    return at_wall_time(datetime.combine(day, time(18)), place.zone).instant


def is_business_day(day: date, country: str) -> bool:
    """Monday to Friday and no public holiday of the country."""
    return day.weekday() < 5 and day not in _holidays(country, day.year)


def _is_open_day(day: date, window: Window, place: Place) -> bool:
    if _WEEKDAYS[day.weekday()] not in window.days:
        return False
    return window.holidays == "ignore" or day not in _holidays(place.country, day.year)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # half a second; only machines that plan or send need it

    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
