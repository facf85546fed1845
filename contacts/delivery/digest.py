"""Each owner's morning mail: open tasks, and what customers answered since the last one."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import OwnerFacts
from contacts.channels.outbox import Outbox
from contacts.channels.outgoing import Answer, OutgoingEmail
from contacts.messages.rendered import MessageError, RenderedEmail
from contacts.messages.templates import Templates
from contacts.record.attempts import new_attempt_id
from contacts.record.digests import (
    begin_digest,
    end_digest,
    last_digest_at,
    open_tasks_of,
    replies_to,
)
from contacts.record.engine import reading, writing
from contacts.record.facts import business_facts
from contacts.record.owners import sync_owners
from contacts.settings import Owner, Settings

LONGEST_LOOK_BACK = timedelta(days=4)  # over a long weekend
NOBODYS = " (nobody's job yet)"
_State = Literal["accepted", "rejected", "unknown"]


@dataclass(slots=True)
class DigestReport:
    sent: int = 0
    already: int = 0  # had this day's mail
    quiet: int = 0  # have nothing to do and no reply to read
    failed: int = 0


async def send_digests(
    engine: Engine,
    outbox: Outbox,
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
    zone: str | None = None,
) -> DigestReport:
    """Mail every owner, or those whose mornings are in `zone`; at most once a day each.

    A task that is no named owner's goes to all of them, until somebody sees to it.
    """
    report = DigestReport()
    with writing(engine) as connection:
        ids = sync_owners(connection, settings)
    for owner in settings.owners:
        if zone not in (None, zone_of(owner, settings)):
            continue
        owner_id = ids[owner.email.strip().lower()]
        others = set(ids.values()) - {owner_id}
        context = _context(engine, owner, owner_id, others=others, settings=settings, now=now)
        if not context["tasks"] and not context["replies"]:
            report.quiet += 1
            continue
        try:
            words = templates.digest(context)
        except MessageError:
            report.failed += 1  # a fault in the words for one owner must not keep the others' mail
            continue
        with writing(engine) as connection:
            digest_id = begin_digest(connection, owner_id, context["today"], now=now)
        if digest_id is None:
            report.already += 1
            continue
        state = await _send(outbox, owner, words, settings)
        with writing(engine) as connection:
            end_digest(connection, digest_id, state)
        report.sent += state == "accepted"
        report.failed += state != "accepted"
    return report


def zone_of(owner: Owner, settings: Settings) -> str:
    """Where the owner has mornings."""
    return owner.timezone or settings.default_timezone


def _context(
    engine: Engine,
    owner: Owner,
    owner_id: int,
    *,
    others: set[int],
    settings: Settings,
    now: datetime,
) -> dict[str, Any]:
    zone = zone_of(owner, settings)
    today = local_date(now, zone)
    with reading(engine) as connection:
        tasks = open_tasks_of(connection, owner_id, others=others, now=now)
        last = last_digest_at(connection, owner_id)
        since = max(last or now - timedelta(days=1), now - LONGEST_LOOK_BACK)
        replies = replies_to(connection, owner_id, since=since)
    return {
        "owner": asdict(_owner_facts(owner)),
        "business": asdict(business_facts(settings)),
        "today": today,
        "tasks": [
            {
                "title": task.title,
                "customer": f"{task.customer}{'' if task.owned else NOBODYS}",
                "due": local_date(task.due_at, zone),
                "late": task.due_at < now,
            }
            for task in tasks
        ],
        "replies": [
            {
                "customer": reply.customer,
                "text": reply.text,
                "at": local_date(reply.at, zone),
            }
            for reply in replies
        ],
    }


def _owner_facts(owner: Owner) -> OwnerFacts:
    first_name = owner.name.split(" ", 1)[0]
    return OwnerFacts(
        name=owner.name, first_name=first_name, email=owner.email, phone=owner.phone or ""
    )


async def _send(outbox: Outbox, owner: Owner, words: RenderedEmail, settings: Settings) -> _State:
    receipt = await outbox.email.send(
        OutgoingEmail(
            attempt_id=new_attempt_id(),
            to=owner.email,
            to_name=owner.name,
            sender=settings.sender_email,
            sender_name=settings.sender_name or settings.business_name,
            reply_to=settings.sender_email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            category="digest",
        )
    )
    if receipt.answer is Answer.ACCEPTED:
        return "accepted"
    return "unknown" if receipt.answer is Answer.UNKNOWN else "rejected"
