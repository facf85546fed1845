"""A task for the owner of whom no cadence keeps in hand: check in with them, or say why not."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from contacts.cadences.calendar import Place, deadline
from contacts.cadences.house import House, house_of
from contacts.cadences.timezones import is_zone
from contacts.cadences.working import Roster
from contacts.care.named import Uncovered, named
from contacts.record.book.absences import roster_of
from contacts.record.customers.silence import limits_of
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, OwnerRow, Queued, Touch
from contacts.record.timeline.entry import day_of
from contacts.record.work.tasks import NewTask
from contacts.settings import Settings
from contacts.wording import called, day_in_words, so_many

_SOON = 3
"""Business days."""


@dataclass(frozen=True, slots=True)
class _Days:
    """What the day by which to check in is counted by."""

    roster: Roster
    house: House
    now: datetime

    def due(self, row: Any, limit: int) -> datetime:
        """Before they would go stale, but never sooner than an owner can see to it."""
        soon = self._after(row, _SOON, business=True)
        if row.last_contact_at is None:
            return soon
        left = limit - (self.now - row.last_contact_at).days
        return max(soon, self._after(row, max(0, left), business=False))

    def _after(self, row: Any, days: int, *, business: bool) -> datetime:
        if row.owner in self.roster:
            return self.roster.due(row.owner, self.now, days, business=business)
        place = Place(row.timezone, row.country, house=self.house)
        return deadline(self.now, days, business=business, place=place)


def check_ins(
    connection: Connection,
    uncovered: Collection[int],
    slipping: Collection[int],
    *,
    settings: Settings,
    now: datetime,
) -> Iterator[NewTask]:
    """A task for each of these customers whose time zone this machine knows.

    The `uncovered` have nothing ahead; what the `slipping` have ahead comes too late.
    """
    ids = [*uncovered, *slipping]
    limits = limits_of(connection, ids, settings)
    why = {one.customer_id: one for one in named(connection, list(uncovered), now=now)}
    later = dict(connection.execute(_NEXT, {"customers": list(slipping)}).all())
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    days = _Days(roster_of(connection, settings), house, now)
    for row in connection.execute(_PEOPLE, {"customers": ids}):
        if not is_zone(row.timezone):
            continue  # nobody can say which day it is there; the proof names them
        limit = limits[row.id]
        reason = _nothing(why.get(row.id)) or _too_late(row, later.get(row.id))
        yield NewTask(
            customer_id=row.id,
            kind="check_in",
            title=f"Check in with {called(row) or f'customer {row.id}'}: {_last(row)}",
            due_at=days.due(row, limit),
            brief=_brief(row, reason, limit, now),
        )


def _last(row: Any) -> str:
    if row.last_contact_at is None:
        return "never in touch yet"
    return f"last in touch on {_day(row, row.last_contact_at)}"


def _nothing(why: Uncovered | None) -> str:
    return f"Nothing is planned for them: {why.reason}." if why is not None else ""


def _too_late(row: Any, next_at: datetime | None) -> str:
    when = f" comes on {_day(row, next_at)} only" if next_at is not None else " does not leave"
    return f"They have been silent for too long, and their next touch{when}."


def _brief(row: Any, reason: str, limit: int, now: datetime) -> str:
    since = row.last_contact_at
    ago = "We were never in touch" if since is None else _ago((now - since).days, _day(row, since))
    return (
        f"{reason}\n"
        f"{ago}; {so_many(limit, 'day')} without contact are the most for them.\n"
        "Call, visit or write, and log it; or log until when nobody need keep in touch, and why:\n"
        f'touchline log {row.id} note --waive-until DAY "why"'
    )


def _ago(days: int, since: str) -> str:
    if days == 0:
        return f"Last in touch today, {since}"
    return f"Last in touch {so_many(days, 'day')} ago, on {since}"


def _day(row: Any, at: datetime) -> str:
    return day_in_words(day_of(at, row.timezone))


_PEOPLE = (
    select(
        Customer.id,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
        Customer.timezone,
        Customer.country,
        Customer.last_contact_at,
        OwnerRow.email.label("owner"),
    )
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(one_of(Customer.id, "customers"))
    .order_by(Customer.id)
)
_NEXT = (
    select(Touch.customer_id, func.min(Queued.ready_at))
    .join(Queued, Queued.touch_id == Touch.id)
    .where(one_of(Touch.customer_id, "customers"), Touch.state == constant("planned"))
    .group_by(Touch.customer_id)
)
