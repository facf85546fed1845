"""Attempts in doubt: what is past its lease is unknown, and what stays so goes to a person."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from contacts.cadences.reasons import Reason
from contacts.record.attempts import expire_attempts, touches_in_doubt
from contacts.record.engine import writing
from contacts.record.outcomes import go_on, move_touches

DEADLINE = timedelta(minutes=60)
"""docs/promise.md: how long a webhook may still settle an attempt before a person must."""


def reconcile(engine: Engine, *, now: datetime) -> int:
    """Settle what can be settled without asking the provider; return how many need a person."""
    with writing(engine) as connection:
        orphaned = expire_attempts(connection)
        move_touches(connection, orphaned, "unknown", reason=Reason.IN_DOUBT)
        overdue = touches_in_doubt(connection, before=now - DEADLINE)
        moved = move_touches(connection, overdue, "needs_review", reason=Reason.IN_DOUBT)
        go_on(connection, {touch.enrolment_id for touch in moved}, now=now)
        return len(moved)
