"""Whose day a visitor looks at: their own, somebody's, or everybody's at once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.cadences.timezones import zone
from contacts.record.book.absences import stood_in_for
from contacts.record.tables import OwnerRow
from contacts.settings import Settings
from contacts.web.board.access import Visitor

EVERYBODY = "all"


class Clocked(NamedTuple):
    """An owner by their address, and where they have their days."""

    email: str
    zone: str


@dataclass(frozen=True, slots=True)
class Whose:
    """The day of some owners."""

    value: str
    """As an address names it: an owner's id, or all."""
    name: str
    owners: frozenset[int] | None
    """Whose tasks: theirs, and of those for whom they stand in; None: everybody's."""
    stands_in_for: list[str]
    choices: list[tuple[str, str]]
    """Whose day the visitor may look at instead, by the value of each."""
    zone: str
    people: Mapping[int, Clocked]
    """Those whose working days count, by their ids."""

    def ends(self, now: datetime, *, days: int = 0) -> datetime:
        """When the day ends by their clock, or so many days later."""
        return _ends(now, self.zone, days=days)

    def elsewhere(self, now: datetime) -> dict[datetime, list[int]]:
        """Whose day ends at another instant than that."""
        found: dict[datetime, list[int]] = {}
        for key, one in self.people.items():
            if (ends := _ends(now, one.zone)) != self.ends(now):
                found.setdefault(ends, []).append(key)
        return found


def whose_day(
    connection: Connection, said: str, visitor: Visitor, *, settings: Settings, now: datetime
) -> Whose:
    """The day that an address asks for, as far as the visitor may choose."""
    rows = connection.execute(select(OwnerRow).order_by(OwnerRow.name)).all()
    people = {row.id: row for row in rows}
    choices, one = _choices(visitor, people), _asked(said, visitor, people)
    if one is None:
        known = {
            row.id: Clocked(row.email, _zone(settings, row.timezone))
            for row in rows
            if row.named and visitor.may_choose
        }
        return Whose(EVERYBODY, "everybody", visitor.own, [], choices, _zone(settings, None), known)
    owners = stood_in_for(connection, one, zone=settings.default_timezone, now=now)
    zone_name = _zone(settings, people[one].timezone)
    return Whose(
        value=str(one),
        name=people[one].name,
        owners=owners,
        stands_in_for=[people[other].name for other in sorted(owners - {one})],
        choices=choices,
        zone=zone_name,
        people={one: Clocked(people[one].email, zone_name)},
    )


def _asked(said: str, visitor: Visitor, people: Mapping[int, Any]) -> int | None:
    if not visitor.may_choose or not said:
        return visitor.owner_id
    known = {str(one): one for one in people}
    return known.get(said)


def _choices(visitor: Visitor, people: Mapping[int, Any]) -> list[tuple[str, str]]:
    if not visitor.may_choose:
        return []
    named = [(str(key), row.name) for key, row in people.items() if row.named]
    return [(EVERYBODY, "Everybody"), *named]


def _ends(now: datetime, zone_name: str, *, days: int = 0) -> datetime:
    after = local_date(now, zone_name) + timedelta(days=1 + days)
    return at_wall_time(datetime.combine(after, time()), zone_name).instant


def _zone(settings: Settings, written: str | None) -> str:
    """The owner's own, or that of the business; UTC where this machine knows neither."""
    for name in (written, settings.default_timezone):
        with suppress(ValueError):
            if name and zone(name):
                return name
    return "UTC"
