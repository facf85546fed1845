"""Customers with nothing ahead by name, each with the reason and a remedy."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from contacts.cadences.reasons import Reason
from contacts.cadences.timezones import is_zone
from contacts.record import phrases
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Enrolment, OwnerRow, Queued, Touch
from contacts.record.timeline.entry import day_of
from contacts.wording import called, day_in_words

_TICK = "run 'touchline tick'"
_MEND = f"mend what 'touchline check' names, then {_TICK}"
_TO_PLAN = f"{_TICK}; if 'touchline check' says that its file is gone, put that back before"
_NAMED = 3  # held-up cadences of a sentence
_ADD = "if that does not help, add a cadence that starts on customer.idle"


class Cause(StrEnum):
    """Why somebody is an exception, for whoever has words of their own about it."""

    STUCK = "stuck"  # a touch was due long ago and never left
    ZONE = "zone"  # nobody can say which day it is there
    FAULT = "fault"  # of a cadence or a message
    TO_PLAN = "to plan"  # by the next plan
    NO_CADENCE = "no cadence"  # none has taken them in, or none any more
    NOTHING = "nothing"  # comes next by itself
    NO_OWNER = "no owner"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An active customer with nothing planned, and why."""

    customer_id: int
    name: str
    owner: str | None
    last_contact_at: datetime | None
    reason: str
    remedy: str
    """On the command line."""
    cause: Cause = Cause.NOTHING


class _Why(NamedTuple):
    reason: str
    remedy: str
    cause: Cause


def named(
    connection: Connection, customers: Sequence[int], *, now: datetime, held: Collection[str] = ()
) -> list[Uncovered]:
    """These customers, of whom nobody has anything ahead, in their order.

    `held` has the names of the cadences that a fault keeps from being planned.
    """
    asked = {"customers": customers}
    people = {row.id: row for row in connection.execute(_PEOPLE, asked).all()}
    latest = {row.customer_id: row for row in connection.execute(_ENROLMENTS, asked).all()}
    stuck = {row.customer_id: row for row in connection.execute(_STUCK, asked).all()}
    return [
        _named(people[customer], latest.get(customer), stuck.get(customer), now, held)
        for customer in customers
        if customer in people
    ]


def _named(row: Any, latest: Any, stuck: Any, now: datetime, held: Collection[str]) -> Uncovered:
    if stuck is not None:
        reason, remedy, cause = _overdue(stuck, row.timezone)
    else:
        reason, remedy, cause = _why(row, latest, now, held)
    return Uncovered(
        customer_id=row.id,
        name=called(row),
        owner=row.owner,
        last_contact_at=row.last_contact_at,
        reason=reason,
        remedy=remedy,
        cause=cause,
    )


def _overdue(stuck: Any, zone: str) -> _Why:
    because = f" ({words})" if (words := phrases.reason(stuck.reason)) else ""
    on = day_in_words(day_of(stuck.due_at, zone))
    return _Why(
        f"a touch of '{stuck.cadence}' was due on {on} and never left{because}",
        "let the flows run; if they do, see whether the cadence is paused, and 'touchline channel "
        "status'",
        Cause.STUCK,
    )


def _why(row: Any, latest: Any, now: datetime, held: Collection[str]) -> _Why:
    if not is_zone(row.timezone):
        unknown = f"the time zone {row.timezone!r} is not known here, so nothing can be planned"
        return _Why(unknown, "correct it in customers.csv and import that", Cause.ZONE)
    waive = "call or visit, and log it; or log a note with --waive-until"
    if latest is None and row.waived_until is not None:
        ended = f"the waiver ended on {day_in_words(row.waived_until)}, and no cadence took over"
        return _held_up(ended, held) if held else _Why(ended, waive, Cause.NOTHING)
    if latest is None:
        return _taken_in_by_none("no cadence has taken them in", held)
    if latest.state == "active" and latest.plan_at is None:
        waits = f"'{latest.cadence}' waits for a touch that is not there"
        return _Why(waits, waive, Cause.NOTHING)
    if latest.state == "active" and latest.plan_at <= now and latest.cadence in held:
        faulty = f"'{latest.cadence}' has them, and cannot be planned for a fault"
        return _Why(faulty, _MEND, Cause.FAULT)
    if latest.state == "active" and latest.plan_at <= now:
        return _Why(f"'{latest.cadence}' has not been planned yet", _TO_PLAN, Cause.TO_PLAN)
    if latest.state == "active":
        on = day_in_words(day_of(latest.plan_at, row.timezone))
        later = f"'{latest.cadence}' plans its next step on {on}"
        return _Why(later, waive, Cause.NOTHING)
    ended = "stopped" if latest.state == "stopped" else "is finished"
    because = f": {words}" if (words := phrases.reason(latest.reason)) else ""
    if latest.reason in (Reason.OPTED_OUT, Reason.UNREACHABLE):
        remedy = f"{_TICK}; if that does not help, {waive}"
        return _Why(f"'{latest.cadence}' {ended}{because}", remedy, Cause.NOTHING)
    return _taken_in_by_none(f"'{latest.cadence}' {ended}{because}", held)


def _taken_in_by_none(reason: str, held: Collection[str]) -> _Why:
    return _held_up(reason, held) if held else _Why(reason, f"{_TICK}; {_ADD}", Cause.NO_CADENCE)


def _held_up(reason: str, held: Collection[str]) -> _Why:
    """Any of them may be meant for the customer, and so may whatever starts on `customer.idle`."""
    names = ", ".join(f"'{name}'" for name in sorted(held)[:_NAMED])
    more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
    faulty = f"{reason}; {names}{more} might, but cannot be planned for a fault"
    return _Why(faulty, _MEND, Cause.FAULT)


_PEOPLE = (
    select(
        Customer.id,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
        Customer.timezone,
        Customer.last_contact_at,
        Customer.waived_until,
        OwnerRow.name.label("owner"),
    )
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(one_of(Customer.id, "customers"))
)
# Of several rows of a customer the last one counts: the latest enrolment, the latest touch.
_ENROLMENTS = (
    select(
        Enrolment.customer_id,
        Enrolment.cadence,
        Enrolment.state,
        Enrolment.reason,
        Enrolment.plan_at,
    )
    .where(one_of(Enrolment.customer_id, "customers"))
    .order_by(Enrolment.started_at, Enrolment.id)
)
_STUCK = (
    select(Touch.customer_id, Touch.cadence, Touch.due_at, Touch.reason)
    .join(Queued, Queued.touch_id == Touch.id)
    .where(one_of(Touch.customer_id, "customers"), Touch.state == constant("planned"))
    .order_by(Touch.due_at, Touch.id)
)
"""Queued touches of customers whom these do not cover, so they are long overdue."""
