"""When the clocks of a zone are put forward or back, which `zoneinfo` does not tell."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from contacts.cadences.timezones import zone

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def next_turn(instant: datetime, zone_name: str) -> datetime:
    """The first instant after this one from which another offset counts in the zone.

    Where there is none within this year and the next, the end of that time: ask again from there.
    """
    for year in (instant.year, instant.year + 1):
        known = turns(zone_name, year)
        if (place := bisect_right(known, instant)) < len(known):
            return known[place]
    return datetime(instant.year + 2, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=2048)
def turns(zone_name: str, year: int) -> tuple[datetime, ...]:
    """The instants of a year, by UTC, at which the zone's offset changes; in order.

    Looked for from day to day: since 1970 no zone of the database changed twice within four days.
    """
    found: list[datetime] = []
    before = datetime(year, 1, 1, tzinfo=UTC) - _SECOND
    offset = _offset(before, zone_name)
    while before.year <= year:
        after = before + _DAY
        there = _offset(after, zone_name)
        if there != offset and (turn := _between(before, after, zone_name)).year == year:
            found.append(turn)
        before, offset = after, there
    return tuple(found)


def _between(before: datetime, after: datetime, zone_name: str) -> datetime:
    """The turn that lies after `before` and not past `after`, to the second."""
    old = _offset(before, zone_name)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if _offset(middle, zone_name) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(instant: datetime, zone_name: str) -> timedelta | None:
    return instant.astimezone(zone(zone_name)).utcoffset()
