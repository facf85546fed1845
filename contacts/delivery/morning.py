"""What an owner's morning mail tells: what is to do, and what customers answered since the last."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import OwnerFacts
from contacts.cadences.working import Roster
from contacts.record.absences import acting
from contacts.record.days_work import DaysWork, Job, days_work
from contacts.record.digests import last_digest_at, replies_to
from contacts.record.facts import business_facts
from contacts.record.owners import key_of
from contacts.settings import Owner, Settings

LONGEST_LOOK_BACK = timedelta(days=4)  # over a long weekend
NOBODYS = " (nobody's job yet)"


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
    today = local_date(now, zone)
    work = days_work(connection, owner_id, roster=roster, now=now)
    acts = acting(connection, today)
    mine = {owner_id, *(away for away, who in acts.items() if who == owner_id)}
    return {
        "owner": asdict(_owner_facts(owner)),
        "business": asdict(business_facts(settings)),
        "today": today,
        "tasks": [_task(job, zone, owner_id) for job in _to_do(work)],
        "escalated": [_task(job, zone, owner_id) for job in work.escalated],
        "replies": [
            {
                "customer": reply.customer,
                "text": reply.text,
                "at": local_date(reply.at, zone),
                "stands_in": reply.owner_id != owner_id,
            }
            for reply in replies_to(connection, mine, since=since)
        ],
    }


def _to_do(work: DaysWork) -> Iterable[Job]:
    return sorted(
        [*work.own, *work.stood_in_for, *work.nobodys], key=lambda job: (job.due_at, job.id)
    )


def _task(job: Job, zone: str, reader: int) -> dict[str, Any]:
    nobodys = job.owner is None
    return {
        "title": job.title,
        "customer": f"{job.customer}{NOBODYS if nobodys else ''}",
        "due": local_date(job.due_at, zone),
        "late": job.late,
        "days_late": job.days_late,
        "owner": "" if nobodys or job.owner_id == reader else job.owner,
        "escalated": job.escalated and not nobodys,
    }


def _owner_facts(owner: Owner) -> OwnerFacts:
    first_name = owner.name.split(" ", 1)[0]
    return OwnerFacts(
        name=owner.name, first_name=first_name, email=owner.email, phone=owner.phone or ""
    )
