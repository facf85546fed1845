"""What a business says of its hours and days for all cadences, and public holidays. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contacts.windows import USUAL, Holidays, Weekly, Window


@dataclass(frozen=True, eq=False, slots=True)
class House:
    """One for each that says the same, so that it is told from others by what it is, not says."""

    usual: Weekly  # the window of cadences that say none
    closed: frozenset[date]  # besides the public holidays
    open: frozenset[date]  # public holidays or not


@lru_cache(maxsize=64)
def house_of(window: Window, holidays: Holidays) -> House:
    """The house of these settings, the same one at each call."""
    return House(window.over(USUAL), frozenset(holidays.add), frozenset(holidays.ignore))


ANY_HOUSE = house_of(Window(), Holidays())
"""One that says nothing."""


@lru_cache(maxsize=1024)
def days_off(house: House, country: str, year: int) -> frozenset[date]:
    """The days of a year on which the house writes to nobody in that country."""
    return (_public_holidays(country, year) | house.closed) - house.open


@lru_cache(maxsize=512)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Those of a country (ISO 3166-1 alpha-2); none where they are not known."""
    import holidays  # half a second; only machines that plan or send need it

    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
