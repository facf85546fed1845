"""What people do in a simulated year: messages arrive or fail, customers answer, owners see to it.

Dice that know the customer and the touch decide, so that the same workspace lives the same year.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, bindparam, select

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Attempt, Instant, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings

FAILS, STOPS, REPLIES = 0.005, 0.004, 0.05
"""Of a thousand messages five bounce, four ask us to stop, fifty are answered."""
_SETTLED_BY = {
    "visit": NoteKind.VISIT,
    "letter": NoteKind.LETTER,
    "reply": NoteKind.NOTE,
}  # and everything else by a call
_IN_TIME = ("reach", "check_in")
"""These may lie weeks ahead; owners see to them when they are due."""
_HOURS = (4, 20, 26, 44, 70)
"""Until an owner gets to a task."""


@dataclass(slots=True)
class People:
    engine: Engine
    settings: Settings
    seen_until: datetime
    later: list[IncomingEvent] = field(default_factory=list)
    """What customers will say."""

    def live(self, now: datetime) -> set[int]:
        """Everything that happens up to `now`; return whose tasks were done."""
        done: set[int] = set()
        heard = self._what_arrived(now)
        heard += [one for one in self.later if one.occurred_at <= now]
        self.later = [one for one in self.later if one.occurred_at > now]
        with writing(self.engine) as connection:
            if heard:
                apply_events(connection, heard, settings=self.settings, now=now)
            for task in connection.execute(_TASKS).all():
                if _is_seen_to(task, now):
                    kind = _SETTLED_BY.get(task.kind, NoteKind.CALL)
                    said = Note(task.customer_id, kind, "All well.", now, task_id=task.id)
                    record_note(connection, said, now=now)
                    done.add(task.customer_id)
        return done

    def _what_arrived(self, now: datetime) -> list[IncomingEvent]:
        with reading(self.engine) as connection:
            rows = connection.execute(_SENT, {"since": self.seen_until}).all()
        self.seen_until = now
        return [self._fate(row, now) for row in rows]

    def _fate(self, row: Any, now: datetime) -> IncomingEvent:
        dice = _dice(row.customer_id, row.cadence, row.step_key, row.started_at)
        if dice.random() < FAILS:
            kind = EventKind.BOUNCED if row.channel == "email" else EventKind.UNDELIVERED
            return _event(row, kind, now, "550 5.1.1 no such user")
        chance, at = dice.random(), now + timedelta(hours=dice.randint(2, 40))
        if chance < STOPS:
            self.later.append(_event(row, EventKind.OPTED_OUT, at))
        elif chance < STOPS + REPLIES:
            self.later.append(_event(row, EventKind.REPLIED, at, "Thank you, all is well."))
        return _event(row, EventKind.DELIVERED, now)


def _is_seen_to(task: Any, now: datetime) -> bool:
    if task.kind in ("review", "decide"):
        return False
    begun = task.opened_at
    if task.kind in _IN_TIME:
        begun = max(begun, task.due_at - timedelta(days=3))
    takes = _dice(task.customer_id, task.kind, task.id, task.opened_at).choice(_HOURS)
    return now >= begun + timedelta(hours=takes)


def _dice(*what: object) -> Random:
    return Random("/".join(map(str, what)))  # noqa: S311  # plays people, guards nothing


def _event(row: Any, kind: EventKind, at: datetime, detail: str = "") -> IncomingEvent:
    provider = "sendgrid" if row.channel == "email" else "twilio"
    return IncomingEvent(provider, f"{kind}-{row.id}", kind, row.channel, at, row.id, detail=detail)


_SENT = (
    select(
        Attempt.id,
        Attempt.channel,
        Attempt.started_at,
        Touch.customer_id,
        Touch.cadence,
        Touch.step_key,
    )
    .join(Touch, Touch.id == Attempt.touch_id)
    .where(Attempt.state == "accepted", Attempt.started_at > bindparam("since", type_=Instant()))
    .order_by(Attempt.started_at, Attempt.customer_id)
)
_TASKS = (
    select(Task.id, Task.kind, Task.customer_id, Task.opened_at, Task.due_at)
    .where(Task.state == "open")
    .order_by(Task.id)
)
