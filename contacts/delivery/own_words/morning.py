"""What an owner's morning mail tells: what is to do, and what customers said since the last."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import OwnerFacts
from contacts.cadences.working import Roster
from contacts.record.book.digests import last_digest_at, replies_to
from contacts.record.book.owners import key_of
from contacts.record.consent.opted_out import opted_out
from contacts.record.customers.facts import business_facts
from contacts.record.work.days_work import DaysWork, days_work
from contacts.record.work.workload import Todo
from contacts.settings import Owner, Settings

LONGEST_LOOK_BACK = timedelta(days=4)  # over a long weekend
NOBODYS = " (nobody's job yet)"
_MOST = 100  # a longer mail is not read


def zone_of(owner: Owner, settings: Settings) -> str:
    """Where the owner has mornings."""
    return owner.timezone or settings.default_timezone


def has_a_morning(owner: Owner, roster: Roster, now: datetime) -> bool:
    """Whether the owner works today, and nobody else does so for them."""
    email = key_of(owner.email)
    today = roster.today(email, now)
    return roster.acting(email, today) == email and roster.works_on(email, today)


def morning(
    connection: Connection,
    owner: Owner,
    *,
    owner_id: int,
    roster: Roster,
    settings: Settings,
    now: datetime,
) -> dict[str, Any]:
    """What the template is given; the days are those of the owner."""
    zone = zone_of(owner, settings)
    last = last_digest_at(connection, owner_id)
    since = max(last or now - timedelta(days=1), now - LONGEST_LOOK_BACK)
    work = days_work(connection, owner_id, zone=settings.default_timezone, now=now)
    told = _Told(roster, zone, owner_id, now)
    return {
        "owner": asdict(_owner_facts(owner)),
        "business": asdict(business_facts(settings)),
        "today": local_date(now, zone),
        "tasks": [told.task(one) for one in _to_do(work)],
        "escalated": [told.task(one) for one in work.escalated],
        "replies": [
            {
                "customer": reply.customer,
                "text": reply.text,
                "at": local_date(reply.at, zone),
                "stands_in": reply.owner_id != owner_id,
            }
            for reply in replies_to(connection, work.mine, since=since)
        ],
        "opted_out": [
            {
                "customer": _with_company(one.customer, one.company),
                "what": one.what,
                "how": one.how,
                "at": local_date(one.at, zone),
                "stands_in": one.owner_id != owner_id,
            }
            for one in opted_out(connection, work.mine, since=since, limit=_MOST)
        ],
    }


def _to_do(work: DaysWork) -> Iterable[Todo]:
    return sorted([*work.own, *work.nobodys], key=lambda one: (one.due_at, one.id))


@dataclass(frozen=True, slots=True)
class _Told:
    """How a task is told to an owner."""

    roster: Roster
    zone: str
    reader: int
    now: datetime

    def task(self, one: Todo) -> dict[str, Any]:
        nobodys = not one.owner_named
        customer = _with_company(one.customer, one.company)
        return {
            "title": one.title,
            "customer": f"{customer}{NOBODYS if nobodys else ''}",
            "due": local_date(one.due_at, self.zone),
            "late": one.due_at < self.now,
            "days_late": self._days_late(one),
            "owner": "" if nobodys or one.owner_id == self.reader else one.owner,
            "escalated": one.escalated and not nobodys,
        }

    def _days_late(self, one: Todo) -> int:
        """Business days of the owner; 0 too on the day it fell due."""
        email = one.owner_email
        if email is None or not one.owner_named or email not in self.roster:
            return 0
        return self.roster.days_late(email, one.due_at, self.now)


def _with_company(customer: str, company: str) -> str:
    return ", ".join(dict.fromkeys(part for part in (customer, company) if part))


def _owner_facts(owner: Owner) -> OwnerFacts:
    first_name = owner.name.split(" ", 1)[0]
    return OwnerFacts(
        name=owner.name, first_name=first_name, email=owner.email, phone=owner.phone or ""
    )
