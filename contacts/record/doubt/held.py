"""Touches that wait for a person's word on whether their message arrived.

Callers own the transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import starmap
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, insert, select, text, true, update

from contacts.cadences.decide import FRESH
from contacts.cadences.reasons import Reason
from contacts.record.doubt.doubts import close_attempts
from contacts.record.errors import ReviewRefused
from contacts.record.many import one_of
from contacts.record.tables import Attempt, Customer, Event, Look, OwnerRow, Task, Touch
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts, plan_again
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.wording import called


class Word(StrEnum):
    """What a person says of a message in doubt."""

    ARRIVED = "arrived"
    RESEND = "resend"


_OUTCOMES = {
    Word.ARRIVED: "It arrived.",
    Word.RESEND: "Send it again; it may arrive twice.",
}
_IN_DOUBT = text("attempts.state IN ('sending', 'unknown')")
"""As the index of those says it: few of all attempts are."""
_SETTLED = {
    "accepted": "the provider has said since that it has the message",
    "delivered": "the provider has said since that it was delivered",
    "bounced": "the provider has said since that it bounced",
    "dropped": "the provider has said since that it dropped the message",
    "undelivered": "the provider has said since that it did not arrive",
    "failed": "the provider has refused it since",
    "unknown": "its provider may still tell; only what stays in doubt waits for a person",
    "sending": "it is on its way right now",
    "planned": "it waits to be sent",
}
"""Why a touch in this state needs nobody's word."""


@dataclass(frozen=True, slots=True)
class Held:
    touch_id: int
    customer_id: int
    first_name: str
    last_name: str
    company: str
    owner: str | None
    cadence: str
    step: str
    channel: str
    sent_at: datetime  # when its request began
    since: datetime | None  # when a person was asked
    code: str | None  # the provider's, or the kind of failure of the wire
    http_status: int | None
    looked_at: datetime | None
    found: str | None  # what the provider's list said then, in the words of `looks`

    @property
    def customer(self) -> str:
        return called(self) or f"customer {self.customer_id}"


def held_touches(connection: Connection, *, of: Collection[int] | None = None) -> list[Held]:
    """Every touch that waits for a person's word, the longest first; `of` these owners' customers.

    None stands for all.
    """
    whose = true() if of is None else Customer.owner_id.in_(sorted(of))
    rows = connection.execute(
        select(
            Touch.id, Touch.customer_id, Customer.first_name, Customer.last_name,
            Customer.company, OwnerRow.name, Touch.cadence, Touch.step_key, Attempt.channel,
            Attempt.started_at, Task.opened_at, Attempt.code, Attempt.http_status,
            Look.at, Look.found,
        )
        .join(Attempt, and_(Attempt.touch_id == Touch.id, Attempt.state == "unknown"))
        .join(Customer, Customer.id == Touch.customer_id)
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
        .outerjoin(Task, and_(Task.touch_id == Touch.id, Task.kind == "review"))
        .outerjoin(Look, Look.attempt_id == Attempt.id)
        .where(_IN_DOUBT, Touch.state == "needs_review", whose)
        .order_by(Attempt.started_at, Touch.id)
    )  # fmt: skip
    return list(starmap(Held, rows))


def open_reviews(connection: Connection, tasks: Sequence[NewTask], *, now: datetime) -> None:
    """Ask the owners about these touches; a task that asked about one before is opened again."""
    asked = _asked_before(connection, [task.touch_id for task in tasks if task.touch_id])
    again = [task for task in tasks if task.touch_id in asked]
    open_tasks(connection, [task for task in tasks if task not in again], now=now)
    for task in again:
        connection.execute(insert(Event).values(_said_then(asked[task.touch_id or 0])))
        connection.execute(
            update(Task)
            .where(Task.touch_id == task.touch_id)
            .values(state="open", outcome=None, closed_at=None, opened_at=now, due_at=task.due_at)
        )


def answer_review(connection: Connection, touch_id: int, word: Word, *, now: datetime) -> bool:
    """A person says what became of a held touch, and its task is done.

    False where the same was said before. ReviewRefused where the touch waits for nobody's word.
    """
    state = connection.execute(select(Touch.state).where(Touch.id == touch_id)).scalar()
    if state is None:
        raise ReviewRefused(f"there is no touch {touch_id}; 'touchline review' lists what waits")
    if state != "needs_review":
        return _said_already(connection, touch_id, str(state), word)
    answer = _arrived if word is Word.ARRIVED else _send_again
    answer(connection, touch_id, now)
    # After the attempt and the touch, as a webhook does it: else each could wait for the other.
    connection.execute(
        update(Task)
        .where(Task.touch_id == touch_id, Task.kind == "review")
        .values(state="done", outcome=_OUTCOMES[word], closed_at=now)
    )
    return True


def _arrived(connection: Connection, touch_id: int, now: datetime) -> None:
    attempt = connection.execute(
        select(Attempt.id, Attempt.started_at).where(
            Attempt.touch_id == touch_id, Attempt.state == "unknown"
        )
    ).one_or_none()
    if attempt is None:  # somebody else, or the provider, has just said so
        raise ReviewRefused(f"touch {touch_id}: {_SETTLED['accepted']}")
    accepted = AcceptedAttempt(attempt.id, None, None, attempt.started_at)
    accept_attempts(connection, [accepted], now=now)


def _send_again(connection: Connection, touch_id: int, now: datetime) -> None:
    """The old attempt ends and the touch is planned anew; its freshness begins with the wish."""
    attempts = select(Attempt.id).where(Attempt.touch_id == touch_id, Attempt.state == "unknown")
    in_doubt = list(connection.execute(attempts).scalars())
    if not close_attempts(connection, in_doubt, "given_up"):
        raise ReviewRefused(f"touch {touch_id}: {_SETTLED['accepted']}")
    connection.execute(update(Touch).where(Touch.id == touch_id).values(not_after=now + FRESH))
    plan_again(connection, {touch_id: now}, reason=Reason.AGAIN, counts_as_try=False)


def _said_already(connection: Connection, touch_id: int, state: str, word: Word) -> bool:
    """False where this very word was the last; ReviewRefused where anything else settled it."""
    said = connection.execute(
        select(Task.outcome).where(Task.touch_id == touch_id, Task.kind == "review")
    ).scalar()
    if said == _OUTCOMES[word]:
        return False
    because = _SETTLED.get(state, f"it is {state.replace('_', ' ')}")
    if said is not None and said in _OUTCOMES.values():
        because = f"somebody has said before: {said[:1].lower()}{said[1:].rstrip('.')}"
    raise ReviewRefused(f"touch {touch_id} waits for nobody's word: {because}")


def _asked_before(connection: Connection, touch_ids: Collection[int]) -> dict[int, Any]:
    tasks = select(Task).where(one_of(Task.touch_id, "touches"))
    found = connection.execute(tasks, {"touches": touch_ids})
    return {row.touch_id: row for row in found}


def _said_then(task: Any) -> dict[str, Any]:
    """The word that closed a task, for the timeline: the task forgets it as it opens again."""
    return {
        "provider": "person",
        "event_id": uuid4().hex,
        "kind": "note",
        "customer_id": task.customer_id,
        "touch_id": task.touch_id,
        "occurred_at": task.closed_at or task.opened_at,
        "received_at": task.closed_at or task.opened_at,
        "detail": task.outcome or "",
    }
