"""What an owner's morning mail tells: open tasks, and what customers answered since the last."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import OwnerFacts
from contacts.record.digests import last_digest_at, open_tasks_of, replies_to
from contacts.record.facts import business_facts
from contacts.settings import Owner, Settings

LONGEST_LOOK_BACK = timedelta(days=4)  # over a long weekend
NOBODYS = " (nobody's job yet)"


def zone_of(owner: Owner, settings: Settings) -> str:
    """Where the owner has mornings."""
    return owner.timezone or settings.default_timezone


def morning(
    connection: Connection,
    owner: Owner,
    *,
    ids: Collection[int],
    owner_id: int,
    settings: Settings,
    now: datetime,
) -> dict[str, Any]:
    """What the template is given; `ids` are those of all owners, whose tasks are their own."""
    zone = zone_of(owner, settings)
    last = last_digest_at(connection, owner_id)
    since = max(last or now - timedelta(days=1), now - LONGEST_LOOK_BACK)
    others = set(ids) - {owner_id}
    return {
        "owner": asdict(_owner_facts(owner)),
        "business": asdict(business_facts(settings)),
        "today": local_date(now, zone),
        "tasks": [
            {
                "title": task.title,
                "customer": f"{task.customer}{'' if task.owned else NOBODYS}",
                "due": local_date(task.due_at, zone),
                "late": task.due_at < now,
            }
            for task in open_tasks_of(connection, owner_id, others=others, now=now)
        ],
        "replies": [
            {
                "customer": reply.customer,
                "text": reply.text,
                "at": local_date(reply.at, zone),
            }
            for reply in replies_to(connection, owner_id, since=since)
        ],
    }


def _owner_facts(owner: Owner) -> OwnerFacts:
    first_name = owner.name.split(" ", 1)[0]
    return OwnerFacts(
        name=owner.name, first_name=first_name, email=owner.email, phone=owner.phone or ""
    )
