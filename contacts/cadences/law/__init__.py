"""In which hours an SMS may arrive by the law of a place: countries, states and area codes. Pure.

The data are beside this module, with source and date, for everybody to look at and to change.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from contacts.cadences.model import SMS_HOURS
from contacts.windows import DayHours, Week, strictest, week_of

UNITED_STATES = "US"


class Area(NamedTuple):
    """Where the numbers of an area code are."""

    state: str
    zones: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Law:
    """The hours of the places that have stricter ones; by US-FL, or by IN for a whole country."""

    weeks: Mapping[str, Week]

    def clocks(self, country: str, region: str, area: str, home: str) -> dict[str, Week]:
        """The hours that count for a recipient, by the zones on whose clocks they all count.

        A state that the customer's row names is where they are. Without one it is told by the area
        code of their number, and what is allowed both at home and there is allowed. Where neither
        tells, the strictest hours of the country are.
        """
        state = self.state(country, region)
        if state:
            return {home: self._week(country, state)}
        known = _areas().get(area) if country == UNITED_STATES else None
        if known is None:
            return {home: self._strictest_of(country)}
        week = self._week(country, known.state)
        return {home: week} | dict.fromkeys(known.zones, week)

    def state(self, country: str, region: str) -> str:
        """The code of a state by its code, with or without the country's, or by its name.

        Empty for a text that is none and, outside the US, for a state without hours of its own.
        """
        written = region.strip().upper().removeprefix(f"{country}-")
        if country == UNITED_STATES:
            return _states().get(written, "")
        return written if f"{country}-{written}" in self.weeks else ""

    def _week(self, country: str, state: str) -> Week:
        ours = (self.weeks.get(place) for place in (country, f"{country}-{state}"))
        return strictest([SMS_HOURS.week, *(week for week in ours if week is not None)])

    def _strictest_of(self, country: str) -> Week:
        within = (week for place, week in self.weeks.items() if place[:2] == country)
        return strictest([SMS_HOURS.week, *within])


def law_of(own: Iterable[tuple[str, tuple[DayHours, ...]]]) -> Law:
    """The law as it is shipped, with a business's own rows over it."""
    return Law({**_shipped(), **{place: week_of(hours) for place, hours in own}})


@cache
def _shipped() -> dict[str, Week]:
    rows = _read("sms_hours.toml")
    return {place: week_of(map(DayHours, row["hours"])) for place, row in rows.items()}


@cache
def _areas() -> dict[str, Area]:
    return {
        str(code): Area(row["state"], tuple(row["zones"]))
        for row in _read("area_codes.toml")["areas"]
        for code in row["codes"]
    }


@cache
def _states() -> dict[str, str]:
    """Codes by themselves and by the states' names, in capitals."""
    names: dict[str, str] = _read("area_codes.toml")["states"]
    return {code: code for code in names} | {name.upper(): code for code, name in names.items()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))
