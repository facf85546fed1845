"""When a call or a visit is tried again: on the day that was named, else as what came of it asks.

A customer whom nobody reached is called again unless a person says that this is given up.
"""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from contacts.cadences.outcomes import Outcome
from contacts.record.phrases import NoteKind
from contacts.record.work.another_day import another_day, next_working_day
from contacts.record.work.notes import Note
from contacts.settings import Settings


def with_another_try(
    connection: Connection, note: Note, on: date | None, *, settings: Settings, now: datetime
) -> Note:
    """The note with the day on which to try again, if there is one.

    Raises NoteRefused for a day that cannot be.
    """
    of = note.customer_id
    if on is not None:
        return replace(note, again=another_day(connection, of, on, settings=settings, now=now))
    if note.gives_up or note.waive_until is not None or not _nobody_was_there(note):
        return note
    return replace(note, again=next_working_day(connection, of, settings=settings, now=now))


def _nobody_was_there(note: Note) -> bool:
    return note.result is Outcome.NO_ANSWER and note.kind in (NoteKind.CALL, NoteKind.VISIT)
