"""What became of the touches: the requests that were made for them, and why there was none."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, union_all

from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.contact import ATTEMPT_ALIVE, ATTEMPT_ENDED
from contacts.record.tables import (
    Attempt,
    Customer,
    Enrolment,
    Look,
    Message,
    SmsAnswer,
    Touch,
)
from contacts.record.timeline.entry import Entry, cap_of, day_of, step_of

_ATTEMPTS = {
    "accepted": ("sent", "sent"),
    "rejected": ("refused", "refused by the provider"),
    "unknown": ("in doubt", "sent; whether it arrived is not known yet"),
    "sending": ("in doubt", "being sent"),
    "not_sent": ("not sent", "not sent, to be tried again"),
    "absent": ("in doubt", "sent; no answer told whether it arrived"),
    "given_up": ("in doubt", "sent; no answer told whether it arrived"),
}


def never_sent(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Touches that never became a request: skipped by a rule, or impossible to write."""
    query = (
        select(Touch, Enrolment.ended_at, Customer.timezone)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .join(Customer, Customer.id == Touch.customer_id)
        .where(
            Touch.customer_id == customer_id,
            Touch.state.in_(["skipped", "failed"]),
            Touch.id.not_in(select(Attempt.touch_id).where(_is_theirs(customer_id))),
        )
        .order_by(Touch.due_at, Touch.id)
    )
    for row in connection.execute(query):
        yield Entry(
            _never_at(row),
            row.state,
            f"{step_of(row)} {row.state}",
            _why_never(row),
            cadence=row.cadence,
            channel=row.channel,
            state=row.state,
            reason=row.reason,
            touch_id=row.id,
            cap=cap_of(row),
        )


def _never_at(row: Any) -> datetime:
    """What followed a slip was over within minutes; the true one may be due at the same time."""
    passed: datetime = min(row.due_at, row.ended_at or row.due_at)
    slipped: datetime = row.created_at
    return slipped if row.reason == Reason.TAKEN_BACK else passed


def _why_never(row: Any) -> str:
    if (code := cap_of(row)) is None:
        return phrases.reason(row.reason)
    return phrases.ran_out(phrases.capped(code), not_after=day_of(row.not_after, row.timezone))


def attempts(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Attempt, Touch.cadence, Touch.step_key, Touch.reason, Message.subject,
               Touch.state.label("touch_state"), Message.text)
        .join(Touch, Touch.id == Attempt.touch_id)
        .outerjoin(Message, Message.attempt_id == Attempt.id)
        .where(_is_theirs(customer_id))
        .order_by(Attempt.started_at)
    )  # fmt: skip
    for row in connection.execute(query):
        kind, words = _ATTEMPTS.get(row.state, (row.state, row.state.replace("_", " ")))
        refused = row.state in ("rejected", "not_sent")
        yield Entry(
            row.answered_at or row.started_at,
            kind,
            f"{step_of(row)} {words}",
            (row.code or "") if refused else (row.subject or row.text or ""),
            cadence=row.cadence,
            channel=row.channel,
            state=row.touch_state,
            reason=row.reason if refused else None,
            touch_id=row.touch_id,
            attempt_id=row.id,
        )


def answers(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """What we answered ourselves to STOP, START and HELP."""
    query = select(SmsAnswer).where(
        SmsAnswer.customer_id == customer_id, SmsAnswer.attempt_id.is_not(None)
    )
    for row in connection.execute(query):
        kind, words = _ATTEMPTS["rejected" if row.state == "refused" else row.state]
        yield Entry(
            row.answered_at or row.started_at or row.owed_at, kind,
            f"Answer by SMS to {row.about.upper()} {words}",
            (row.code or "") if row.state == "refused" else row.text,
            channel="sms", state=row.state, attempt_id=row.attempt_id,
        )  # fmt: skip


def looks(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Proofs that a message did not arrive."""
    query = (
        select(Look.at, Attempt.state.label("became"), Attempt.id.label("attempt_id"), Touch)
        .join(Attempt, Attempt.id == Look.attempt_id)
        .join(Touch, Touch.id == Attempt.touch_id)
        .where(_is_theirs(customer_id), Look.found == "absent")
    )
    for row in connection.execute(query):
        yield Entry(
            row.at, "absent", f"{step_of(row)} is not on the provider's list",
            "it is sent again" if row.became == "absent" else "",
            cadence=row.cadence, channel=row.channel, state=row.state,
            touch_id=row.id, attempt_id=row.attempt_id,
        )  # fmt: skip


def _is_theirs(customer_id: int) -> ColumnElement[bool]:
    """Whether an attempt was for the customer: in two halves, each of which has an index."""
    theirs = select(Attempt.id).where(Attempt.customer_id == customer_id)
    return Attempt.id.in_(union_all(theirs.where(ATTEMPT_ALIVE), theirs.where(ATTEMPT_ENDED)))
