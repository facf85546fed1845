"""Everything that happened between us and one customer, and what is next."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.reasons import Reason
from contacts.record.phrases import NoteKind
from contacts.record.timeline import ahead, messages, person, tasks
from contacts.record.timeline.entry import Entry, without_tokens
from contacts.record.timeline.left_alone import with_causes
from contacts.record.timeline.signals import signals
from contacts.record.work.tasks import LONGEST_OUTCOME
from contacts.settings import Settings

__all__ = ["Entry", "timeline", "upcoming"]

_BEGINNINGS = ("added", "consent", "declined", "asked", "enrolled")
_CONSEQUENCES = ("withdrawn", "stopped", "finished", "skipped", "task", "done")
"""What of one instant comes first, and what follows from the rest of it."""
_NOTES = tuple(NoteKind)


def timeline(connection: Connection, customer_id: int, *, now: datetime) -> list[Entry]:
    """What happened until `now`, oldest first; a cause before what came of it."""
    sources = (
        person.added, person.erased, person.enrolments, messages.never_sent, messages.attempts,
        messages.looks, person.events, messages.answers, tasks.given_and_done, person.consents,
        person.dealings, person.benefits, signals,
    )  # fmt: skip
    entries = [entry for source in sources for entry in source(connection, customer_id)]
    entries += (one for one in person.expiries(connection, customer_id) if one.at <= now)
    happened = [entry for entry in entries if not _is_skipped_ahead(entry, now)]
    told = with_causes(_told_once(happened), happened)
    return sorted(map(without_tokens, told), key=_place)


def upcoming(
    connection: Connection, customer_id: int, *, settings: Settings, now: datetime
) -> list[Entry]:
    """What is next, soonest first: planned touches, open tasks, decisions to make, a waiver.

    And behind all of it what is known already to be skipped.
    """
    sources = (ahead.unsettled, tasks.open_tasks, ahead.plans)
    entries = [entry for source in sources for entry in source(connection, customer_id)]
    entries += ahead.waiver(connection, customer_id, now=now)
    entries += ahead.queued(connection, customer_id, settings=settings, now=now)
    never_sent = messages.never_sent(connection, customer_id)
    entries += (one for one in never_sent if _is_skipped_ahead(one, now))
    if any(one.reason == Reason.SUPPRESSED for one in entries):
        story = (*person.events(connection, customer_id), *person.consents(connection, customer_id))
        entries = with_causes(entries, story)
    told = map(without_tokens, entries)
    return sorted(told, key=lambda entry: (entry.kind == "skipped", entry.at))


def _is_skipped_ahead(entry: Entry, now: datetime) -> bool:
    """The planner passes over a step when it plans the one behind it, which may be weeks before."""
    return entry.kind == "skipped" and entry.at > now


def _told_once(entries: list[Entry]) -> list[Entry]:
    """A task that a note closed has the note's words as its outcome; the note says them."""
    noted = {(one.at, one.detail[:LONGEST_OUTCOME]) for one in entries if one.kind in _NOTES}
    return [
        replace(one, detail="") if one.kind == "done" and (one.at, one.detail) in noted else one
        for one in entries
    ]


def _place(entry: Entry) -> tuple[datetime, int, int]:
    if entry.kind in _BEGINNINGS:
        return entry.at, 0, _BEGINNINGS.index(entry.kind)
    if entry.kind in _CONSEQUENCES:
        return entry.at, 2, _CONSEQUENCES.index(entry.kind)
    return entry.at, 1, 0
