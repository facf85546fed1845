"""Whether one customer's day has room for one more message now, for whoever asks and sends none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.room import full_cap, longest
from contacts.caps import Cap, Caps
from contacts.record.touches.reached import numbers_reached_after, reached_after


@dataclass(frozen=True, slots=True)
class NoRoom:
    cap: Cap
    again_on: date  # if nothing else leaves before


def no_room(
    connection: Connection, customer: CustomerFacts, channel: str, *, caps: Caps, now: datetime
) -> NoRoom | None:
    """The cap that keeps a message by this channel from leaving to them today; None if none does.

    Messages that are planned and have not left do not count.
    """
    limits, today = caps.limits, local_date(now, customer.timezone)
    since = today - longest(limits)
    found = [*reached_after(connection, [customer.id], since)]
    found += numbers_reached_after(connection, [customer.id], since)
    taken = [(kind, day) for _, kind, day in found]
    cap = full_cap(taken, channel, today, limits)
    if cap is None:
        return None
    day = today
    while full_cap(taken, channel, day, limits) is not None:
        day += timedelta(days=1)
    return NoRoom(cap, day)
