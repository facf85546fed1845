"""Attempts in doubt: what is past its lease is unknown, and what stays so goes to a person."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from contacts.cadences.reasons import Reason
from contacts.record.attempts import expire_attempts, touches_in_doubt
from contacts.record.engine import writing
from contacts.record.outcomes import MovedTouch, go_on, move_touches
from contacts.record.tasks import NewTask, open_tasks

DEADLINE = timedelta(minutes=60)
"""docs/promise.md: how long a webhook may still settle an attempt before a person must."""
ANSWER_WITHIN = timedelta(days=2)


def reconcile(engine: Engine, *, now: datetime) -> int:
    """Settle what can be settled without asking the provider; return how many need a person.

    Each of these becomes a task for the customer's owner, and its cadence goes on.
    """
    with writing(engine) as connection:
        orphaned = expire_attempts(connection)
        move_touches(connection, orphaned, "unknown", reason=Reason.IN_DOUBT)
        overdue = touches_in_doubt(connection, before=now - DEADLINE)
        moved = move_touches(connection, overdue, "needs_review", reason=Reason.IN_DOUBT)
        go_on(connection, {touch.enrolment_id for touch in moved}, now=now)
        open_tasks(connection, (_task(touch, now) for touch in moved), now=now)
        return len(moved)


def _task(touch: MovedTouch, now: datetime) -> NewTask:
    return NewTask(
        customer_id=touch.customer_id,
        touch_id=touch.id,
        kind="review",
        title=f"Did the last message of '{touch.cadence}' arrive?",
        due_at=now + ANSWER_WITHIN,
        brief="The provider gave no answer that tells. It is not sent again by itself: ask the "
        "customer or look at the provider's own list, and note what you found.",
    )
