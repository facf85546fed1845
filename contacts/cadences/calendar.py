"""Wall time: from a customer's local day and hour to the one instant they mean, and back.

A wall time in a zone becomes UTC by RFC 5545, 3.3.5: in a gap the offset before the gap counts, in
a fold the first occurrence. Python's `fold=0` does exactly that; a round trip shows that it did.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.house import ANY_HOUSE, House, days_off
from contacts.cadences.model import Cadence
from contacts.cadences.timezones import zone

DAY_ENDS = time(18)
"""When what is due on a day is due at the latest."""


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
    home: str = ""  # the customer's own zone, where that is another
    house: House = ANY_HOUSE  # whose days and hours they are
    region: str = ""  # the state, as the customer's row has it
    area: str = ""  # the area code of a number of the North American plan
    best: str = ""  # the time of their day that the customer likes best


def place_of(cadence: Cadence, customer: CustomerFacts, house: House) -> Place:
    """Where the cadence's days and hours are counted for this customer."""
    home, phone = customer.timezone, customer.phone
    region = customer.attributes.get("region", "")
    area = phone[2:5] if phone.startswith("+1") else ""
    return Place(cadence.zone_for(home), customer.country, home, house, region, area)


@lru_cache(maxsize=4096)
def at_wall_time(local: datetime, zone_name: str) -> WallTime:
    """The instant of a naive local time; a time that does not exist moves past the gap."""
    instant = local.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC)
    shown = instant.astimezone(zone(zone_name)).replace(tzinfo=None)
    return WallTime(local, zone_name, instant, adjusted=shown != local)


def local_date(instant: datetime, zone_name: str) -> date:
    """The calendar day of an instant in a zone."""
    return instant.astimezone(zone(zone_name)).date()


def wall_time_of(instant: datetime, zone_name: str) -> WallTime:
    """What the clocks of the zone show at an instant."""
    local = instant.astimezone(zone(zone_name)).replace(tzinfo=None)
    return WallTime(local, zone_name, instant.astimezone(UTC), adjusted=False)


def next_day(instant: datetime, zone_name: str) -> datetime:
    """The instant at which the zone's next day begins."""
    midnight = datetime.combine(local_date(instant, zone_name) + timedelta(days=1), time())
    begins = at_wall_time(midnight, zone_name).instant
    if begins > instant:
        return begins
    # Midnight comes twice, and its first time is over.
    return midnight.replace(tzinfo=zone(zone_name), fold=1).astimezone(UTC)


def deadline(instant: datetime, days: int, *, business: bool, place: Place) -> datetime:
    """The end of the local day `days` (business) days after an instant."""
    day = local_date(instant, place.zone)
    left = days
    while left > 0:
        day += timedelta(days=1)
        if not business or is_business_day(day, place):
            left -= 1
    return at_wall_time(datetime.combine(day, DAY_ENDS), place.zone).instant


def is_business_day(day: date, place: Place) -> bool:
    """Monday to Friday, and neither a public holiday there nor one of the house."""
    off = days_off(place.house, place.country, day.year, place.region)
    return day.weekday() < 5 and day not in off
