"""What a business says of its hours and days for all cadences, and public holidays. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contacts.cadences.faults import shown
from contacts.cadences.law import UNITED_STATES, Law, law_of
from contacts.cadences.public_holidays import public_holidays_of
from contacts.cadences.regions import known_region, subdivision
from contacts.windows import USUAL, DayHours, Holidays, Weekly, Window


@dataclass(frozen=True, eq=False, slots=True)
class House:
    """One for each that says the same, so that it is told from others by what it is, not says."""

    usual: Weekly  # the window of cadences that say none
    closed: frozenset[date]  # besides the public holidays
    open: frozenset[date]  # public holidays or not
    law: Law


def house_of(
    window: Window, holidays: Holidays, sms_hours: Mapping[str, tuple[DayHours, ...]] | None = None
) -> House:
    """The house of these settings, the same one at each call."""
    return _house_of(window, holidays, tuple((sms_hours or {}).items()))


@lru_cache(maxsize=64)
def _house_of(
    window: Window, holidays: Holidays, sms_hours: tuple[tuple[str, tuple[DayHours, ...]], ...]
) -> House:
    days = frozenset(holidays.add), frozenset(holidays.ignore)
    return House(window.over(USUAL), *days, law_of(sms_hours))


ANY_HOUSE = house_of(Window(), Holidays())
"""One that says nothing."""


@lru_cache(maxsize=1024)
def days_off(house: House, country: str, year: int, region: str = "") -> frozenset[date]:
    """The days of a year on which the house writes to nobody in that country, or part of it.

    A part of which none are known has those of its country.
    """
    part = subdivision(country, region) if region else ""
    return (_public_holidays(country, year, part) | house.closed) - house.open


def country_problem(country: str) -> str | None:
    """Why no public holidays are known of a country; None where they are."""
    if public_holidays_of(country):
        return None
    return f"no public holidays are known of {country!r}; write a country's two letters, such as DE"


def region_problem(country: str, region: str) -> str | None:
    """Why no public holidays are known of that part of a country; None where they are."""
    if subdivision(country, region):
        return None
    known = public_holidays_of(country)
    if known is None or not known.subdivisions:
        return f"no public holidays are known by region in {country}; leave it out"
    return f"{region!r} is no region of {country}; write one of {', '.join(known.subdivisions)}"


def strange_region(country: str, region: str) -> str | None:
    """What is wrong with the region in a customer's row, and what would be right; None if known.

    Where it cannot be read, the country's holidays count, and an area code's hours for SMS. None
    too of a country whose holidays are the same everywhere.
    """
    if ANY_HOUSE.law.state(country, region):
        return None
    if country == UNITED_STATES:
        return f"{shown(region)} is no state of the US; write FL or Florida"
    if subdivision(country, region) or not (example := known_region(country)):
        return None
    what = f"no region of {country} of which public holidays are known"
    return f"{shown(region)} is {what}; write {example}"


@lru_cache(maxsize=512)
def _public_holidays(country: str, year: int, part: str) -> frozenset[date]:
    """Those of a country (ISO 3166-1 alpha-2), or a part of it; none where they are not known."""
    known = public_holidays_of(country)
    return frozenset() if known is None else frozenset(known(subdiv=part or None, years=year))
