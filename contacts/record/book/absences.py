"""Who is away and who stands in for them; days are those of the one who is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, ForeignKey, Index, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.calendar import local_date
from contacts.cadences.timezones import is_zone
from contacts.cadences.working import Away, Roster, acting_for, workers_of
from contacts.record.base import Base, Key
from contacts.record.errors import OwnerRefused
from contacts.record.people import OwnerRow
from contacts.settings import Settings

_DAY = timedelta(days=1)


class Absence(Base):
    """An owner is away from one day to another, both included, and somebody acts for them."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_owner", "owner_id", "from_on"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    noted_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Leave:
    """An absence as people ask for it."""

    owner_id: int
    from_on: date
    until_on: date
    stand_in_id: int


def acting(connection: Connection, now: datetime, *, zone: str) -> dict[int, int]:
    """Of each owner who is away at `now`, where they are, who acts for them.

    They are named owners both; `zone` is that of owners who have none of their own.
    """
    named = select(OwnerRow.id, OwnerRow.timezone).where(OwnerRow.named)
    zones = {row.id: row.timezone or zone for row in connection.execute(named)}
    absences = _absences(connection, now.date() - _DAY)  # nowhere is it earlier than that
    found = {
        who: acting_for(absences, who, _day_in(zones[who], now), among=zones)
        for who in absences
        if who in zones
    }
    return {who: acts for who, acts in found.items() if who != acts}


def stood_in_for(
    connection: Connection, owner_id: int, *, now: datetime, zone: str
) -> frozenset[int]:
    """The owner, and all those for whom they act at `now`: whose work is theirs."""
    acts = acting(connection, now, zone=zone)
    return frozenset({owner_id, *(who for who, other in acts.items() if other == owner_id)})


def roster_of(connection: Connection, settings: Settings) -> Roster:
    """How the owners of the settings work, with every absence on record."""
    emails = dict(connection.execute(select(OwnerRow.id, OwnerRow.email)).all())
    absences = {
        emails[owner]: [Away(one.from_on, one.until_on, emails[one.stand_in]) for one in away]
        for owner, away in _absences(connection).items()
    }
    return Roster(workers_of(settings), absences)


def note_absence(connection: Connection, leave: Leave, *, now: datetime) -> None:
    """Write down that an owner will be away; OwnerRefused where that cannot be."""
    names = _held_names(connection)
    _refuse_impossible(leave, names)
    absences = _absences(connection, leave.from_on)
    for one in absences.get(leave.owner_id, ()):
        if one.from_on <= leave.until_on:
            raise OwnerRefused(
                f"{names[leave.owner_id]} is away from {one.from_on} until {one.until_on} already; "
                "'touchline owner back' ends or cancels that"
            )
    _refuse_ring(leave, absences, names)
    connection.execute(
        insert(Absence).values(
            owner_id=leave.owner_id,
            from_on=leave.from_on,
            until_on=leave.until_on,
            stand_in_id=leave.stand_in_id,
            noted_at=now,
        )
    )


def end_absence(connection: Connection, owner_id: int, on: date) -> Leave:
    """The owner is back on this day of an absence; one that would begin then never was.

    Raises OwnerRefused where they are not away on it.
    """
    names = _held_names(connection)
    that = (Absence.owner_id == owner_id, Absence.from_on <= on, Absence.until_on >= on)
    row = connection.execute(select(Absence).where(*that)).one_or_none()
    if row is None:
        raise OwnerRefused(
            f"{names[owner_id]} is not away on {on}{_next(connection, owner_id, on)}"
        )
    if row.from_on == on:
        connection.execute(delete(Absence).where(Absence.id == row.id))
    else:
        last = on - _DAY
        connection.execute(update(Absence).where(Absence.id == row.id).values(until_on=last))
    return Leave(row.owner_id, row.from_on, row.until_on, row.stand_in_id)


def absences_from(connection: Connection, on: date) -> list[Leave]:
    """Every absence that is not over on that day, the first to begin first."""
    rows = connection.execute(
        select(Absence).where(Absence.until_on >= on).order_by(Absence.from_on, Absence.id)
    )
    return [Leave(row.owner_id, row.from_on, row.until_on, row.stand_in_id) for row in rows]


def _day_in(zone: str, now: datetime) -> date:
    """UTC's, where this machine does not know the zone."""
    return local_date(now, zone) if is_zone(zone) else now.date()


def _absences(connection: Connection, on: date = date.min) -> dict[int, list[Away[int]]]:
    found: dict[int, list[Away[int]]] = {}
    for one in absences_from(connection, on):
        away = Away(one.from_on, one.until_on, one.stand_in_id)
        found.setdefault(one.owner_id, []).append(away)
    return found


def _held_names(connection: Connection) -> dict[int, str]:
    """The owners' names; on PostgreSQL, nobody else writes down an absence meanwhile."""
    rows = connection.execute(select(OwnerRow).order_by(OwnerRow.id).with_for_update())
    return {row.id: row.name for row in rows}


def _refuse_impossible(leave: Leave, names: Mapping[int, str]) -> None:
    who = names[leave.owner_id]
    if leave.until_on < leave.from_on:
        raise OwnerRefused(f"{leave.until_on} lies before {leave.from_on}; write the last day away")
    if leave.stand_in_id == leave.owner_id:
        raise OwnerRefused(f"{who} cannot stand in for themselves; name another owner")


def _refuse_ring(
    leave: Leave, absences: Mapping[int, Sequence[Away[int]]], names: Mapping[int, str]
) -> None:
    """No day may end up with those who are away standing in for one another."""
    begun = [one.from_on for away in absences.values() for one in away]
    days = {leave.from_on, *(day for day in begun if leave.from_on <= day <= leave.until_on)}
    for day in sorted(days):
        acts = acting_for(absences, leave.stand_in_id, day, among=names)
        if acts == leave.owner_id:
            raise OwnerRefused(
                f"on {day} {names[leave.stand_in_id]} is away as well, and "
                f"{names[leave.owner_id]} stands in; name somebody else who is there"
            )


def _next(connection: Connection, owner_id: int, on: date) -> str:
    """When an absence still begins, and how it is cancelled."""
    after = [one for one in absences_from(connection, on) if one.owner_id == owner_id]
    if not after:
        return ""
    return f", but from {after[0].from_on}; '--on {after[0].from_on}' cancels that"
