"""Attempts in doubt: what is past its lease is unknown, and what stays so goes to a person."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from contacts.cadences.model import Cadence, OnUnknown
from contacts.cadences.reasons import Reason
from contacts.channels.sendgrid.lookup import SETTLE as EMAIL_SETTLES
from contacts.channels.twilio.lookup import SETTLE as SMS_SETTLES
from contacts.privacy.stopping import give_up
from contacts.record.customers.erasures import erased_among
from contacts.record.doubt.doubts import overdue
from contacts.record.doubt.held import open_reviews
from contacts.record.engine import writing
from contacts.record.touches.attempts import expire_attempts
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import MovedTouch, move_touches
from contacts.record.versions import cadences_of
from contacts.record.work.tasks import NewTask

DEADLINE = timedelta(minutes=60)
"""docs/promise.md: how long an attempt may be in doubt before a person must settle it."""
PATIENCE = timedelta(minutes=15)
"""How much longer than its settle time a provider's list is asked for a message to send again."""
ANSWER_WITHIN = timedelta(days=2)
_SETTLE = {"email": EMAIL_SETTLES, "sms": SMS_SETTLES}
_MAY_STILL_TELL = frozenset({"not_yet", "no_answer"})


def reconcile(engine: Engine, *, now: datetime) -> int:
    """Settle what time alone settles; return how many touches need a person from now on.

    Each of these becomes a task for the customer's owner, and its cadence goes on. Of somebody who
    was erased nobody can ask anything: such a touch is given up.
    """
    with writing(engine) as connection:
        expire(connection)
        late = _past_their_deadline(connection, now)
        gone = erased_among(connection, {row.customer_id for row in late})
        theirs = [row for row in late if row.customer_id in gone]
        give_up(connection, [row.attempt_id for row in theirs], [row.id for row in theirs])
        others = [row.id for row in late if row.customer_id not in gone]
        moved = move_touches(connection, others, "needs_review", reason=Reason.IN_DOUBT)
        go_on(connection, {touch.enrolment_id for touch in moved}, now=now)
        open_reviews(connection, [_task(touch, now) for touch in moved], now=now)
        return len(moved)


def expire(connection: Connection) -> None:
    """Who worked on an attempt past its lease is dead or asleep: nobody knows what became of it."""
    orphaned = expire_attempts(connection)
    move_touches(connection, orphaned, "unknown", reason=Reason.IN_DOUBT)


def on_unknown(cadence: Cadence | None, step_key: str) -> OnUnknown:
    """What to do with a message in doubt; `hold` where its cadence cannot be read any more."""
    steps = cadence.steps if cadence is not None else []
    step = next((one for one in steps if one.key == step_key), None)
    return "hold" if cadence is None or step is None else cadence.on_unknown_of(step)


def _past_their_deadline(connection: Connection, now: datetime) -> list[Any]:
    rows = overdue(connection, before=now - DEADLINE)
    cadences = cadences_of(connection, (row.version_id for row in rows))
    return [
        row for row in rows if row.started_at + _deadline(row, cadences.get(row.version_id)) < now
    ]


def _deadline(row: Any, cadence: Cadence | None) -> timedelta:
    if row.found in _MAY_STILL_TELL and on_unknown(cadence, row.step_key) == "resend":
        return max(DEADLINE, _SETTLE[row.channel] + PATIENCE)
    return DEADLINE


def _task(touch: MovedTouch, now: datetime) -> NewTask:
    return NewTask(
        customer_id=touch.customer_id,
        touch_id=touch.id,
        kind="review",
        title=f"Did the last message of '{touch.cadence}' arrive?",
        due_at=now + ANSWER_WITHIN,
        brief="The provider gave no answer that tells. Ask the customer, or look at the provider's "
        f"own list; then say 'touchline review {touch.id} arrived', or '… resend' to send it "
        "again, which may be a second time.",
    )
