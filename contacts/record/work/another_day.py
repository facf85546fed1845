"""The day on which a call or a visit is tried again, and by when on it, for the owner."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from contacts.cadences.calendar import DAY_ENDS, Place, at_wall_time, deadline, local_date
from contacts.cadences.house import house_of
from contacts.record.book.absences import roster_of
from contacts.record.errors import NoteRefused
from contacts.record.tables import Customer, OwnerRow
from contacts.settings import Settings

LATEST = timedelta(days=90)
"""How far ahead it may lie: who is to be left alone for longer is waived."""


@dataclass(frozen=True, slots=True)
class AnotherDay:
    """A day on the owner's calendar, and the end of their hours on it."""

    on: date
    due_at: datetime


def another_day(
    connection: Connection, customer_id: int, on: date, *, settings: Settings, now: datetime
) -> AnotherDay:
    """By when on that day: whoever acts for the owner then has their hours.

    Where nobody owns the customer, it is the customer's own day. Raises NoteRefused for a day that
    is over or too far ahead.
    """
    row = connection.execute(_WHOSE, {"customer": customer_id}).one()
    roster = roster_of(connection, settings)
    if row.owner in roster:
        _refuse_outside(on, today=roster.today(row.owner, now))
        return AnotherDay(on, roster.end_of(row.owner, on))
    try:
        today = local_date(now, row.timezone)
    except ValueError:
        raise NoteRefused(
            f"this machine does not know the zone {row.timezone}", "again_on"
        ) from None
    _refuse_outside(on, today=today)
    return AnotherDay(on, at_wall_time(datetime.combine(on, DAY_ENDS), row.timezone).instant)


def next_working_day(
    connection: Connection, customer_id: int, *, settings: Settings, now: datetime
) -> AnotherDay | None:
    """The next one of the owner or, where nobody owns the customer, of the customer's country.

    None where this machine does not know the customer's zone.
    """
    row = connection.execute(_WHOSE, {"customer": customer_id}).one()
    roster = roster_of(connection, settings)
    if row.owner in roster:
        on = roster.next_day(row.owner, now)
        return AnotherDay(on, roster.end_of(row.owner, on))
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    place = Place(row.timezone, row.country, house=house)
    try:
        due_at = deadline(now, 1, business=True, place=place)
        return AnotherDay(local_date(due_at, row.timezone), due_at)
    except ValueError:
        return None


def _refuse_outside(on: date, *, today: date) -> None:
    if not today <= on <= today + LATEST:
        wrong = "over" if on < today else "too far away"
        raise NoteRefused(
            f"{on} is {wrong}: name a day from {today} to {today + LATEST}", "again_on"
        )


_WHOSE = (
    select(Customer.timezone, Customer.country, OwnerRow.email.label("owner"))
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(Customer.id == bindparam("customer"))
)
