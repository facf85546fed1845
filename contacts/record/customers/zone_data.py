"""A law that changes a zone's clocks, and newer zone data with it, moves what is planned by them.

A touch is planned for an hour of the customer's; its instant follows from what was known of their
zone then (docs/promise.md). What is known is told by a mark of the zone's offsets.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, Engine, select

from contacts.cadences.timezones import zone
from contacts.record.customers.moved import plan_by_todays_clocks
from contacts.record.engine import reading, writing
from contacts.record.inserting import insert_into
from contacts.record.tables import Touch, ZoneMark

_PAGE = 5_000
_YEARS = 3
_EVERY = timedelta(hours=3)
"""No two changes of a zone's clocks lie so close."""


def follow_zone_data(engine: Engine, *, now: datetime) -> int:
    """Move the planned touches of zones whose clocks changed since the last look; return how many.

    Of a zone that was never looked at only what is known now is kept, and so it is every new year,
    with one more look at what is planned. A zone that this machine does not know is left alone.
    """
    with reading(engine) as connection:
        known = {row.zone: row.mark for row in connection.execute(_MARKS)}
        marks = {name: mark for name in _zones(connection) if (mark := _mark_of(name, now.year))}
    changed = [name for name, mark in marks.items() if name in known and known[name] != mark]
    moved = sum(_moved(engine, changed)) if changed else 0
    new = [name for name, mark in marks.items() if known.get(name) != mark]
    if new:
        with writing(engine) as connection:
            rows = [{"zone": name, "mark": marks[name], "at": now} for name in new]
            statement = insert_into(connection.dialect.name, ZoneMark)
            kept = {"mark": statement.excluded.mark, "at": statement.excluded.at}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["zone"], set_=kept), rows
            )
    return moved


def _moved(engine: Engine, zones: Iterable[str]) -> Iterator[int]:
    """Page by page, each in a transaction of its own."""
    after: int | None = 0
    while after is not None:
        with writing(engine) as connection:
            after, count = plan_by_todays_clocks(connection, zones, after=after, most=_PAGE)
        yield count


def _zones(connection: Connection) -> list[str]:
    planned = select(Touch.zone).where(Touch.state == "planned").distinct()
    return list(connection.execute(planned).scalars())


@lru_cache(maxsize=1024)
def _mark_of(name: str, year: int) -> str | None:
    """Of the zone's offsets from the beginning of this year on; None for one unknown here."""
    try:
        clocks = zone(name)
    except ValueError:
        return None
    first = datetime(year, 1, 1, tzinfo=UTC)
    steps = timedelta(days=366 * _YEARS) // _EVERY
    offsets = (str((first + step * _EVERY).astimezone(clocks).utcoffset()) for step in range(steps))
    return hashlib.sha256(" ".join(offsets).encode("ascii")).hexdigest()


_MARKS = select(ZoneMark.zone, ZoneMark.mark)
