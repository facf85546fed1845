"""Ends what was under way with a customer who is erased; what is on its way stays in doubt."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from contacts.cadences.reasons import Reason
from contacts.privacy.blanks import WORD
from contacts.record.consent.sms_answers import SOON
from contacts.record.doubt.doubts import close_attempts
from contacts.record.tables import Attempt, Enrolment, Queued, SmsAnswer, Task, Touch
from contacts.record.touches.attempts import unsettled
from contacts.record.touches.going_on import end_enrolments
from contacts.record.touches.moves import move_touches


def stop_everything(connection: Connection, customer_id: int, *, now: datetime) -> None:
    """Skip what is planned, close tasks, end cadences: no request begins from the commit on.

    A worker that has claimed such a touch finds its row of the queue gone at the gate.
    """
    _skip_what_waits(connection, customer_id)
    _give_up_reviews(connection, customer_id)
    active = select(Enrolment.id).where(
        Enrolment.customer_id == customer_id, Enrolment.state == "active"
    )
    ids = list(connection.execute(active).scalars())
    end_enrolments(connection, ids, state="stopped", reason=Reason.ERASED, now=now)
    connection.execute(
        update(Task)
        .where(Task.customer_id == customer_id, Task.state == "open")
        .values(state="done", outcome=WORD, closed_at=now)
    )
    connection.execute(
        update(SmsAnswer)
        .where(SmsAnswer.customer_id == customer_id, SmsAnswer.state == "owed")
        .values(state="dropped")
    )


def in_doubt(connection: Connection, customer_id: int) -> list[str]:
    """The attempts on their way, or without an answer that tells."""
    query = select(Attempt.id).where(unsettled(), Attempt.customer_id == customer_id)
    return list(connection.execute(query.order_by(Attempt.id)).scalars())


def answers_on_their_way(connection: Connection, customer_id: int, *, now: datetime) -> int:
    """How many answers of ours by SMS went out just now; one that is older was cut off."""
    query = select(func.count()).where(
        SmsAnswer.customer_id == customer_id,
        SmsAnswer.state == "sending",
        SmsAnswer.started_at > now - SOON,
    )
    return connection.execute(query).scalar_one()


def _skip_what_waits(connection: Connection, customer_id: int) -> None:
    query = select(Touch.id).where(
        Touch.customer_id == customer_id, Touch.state.in_(["planned", "waiting"])
    )
    waiting = list(connection.execute(query).scalars())
    connection.execute(delete(Queued).where(Queued.touch_id.in_(waiting)))
    move_touches(connection, waiting, "skipped", reason=Reason.ERASED)


def _give_up_reviews(connection: Connection, customer_id: int) -> None:
    """Nobody can ask the customer any more whether a message arrived."""
    query = (
        select(Attempt.id, Attempt.touch_id)
        .join(Touch, Touch.id == Attempt.touch_id)
        .where(
            unsettled(), Attempt.customer_id == customer_id, Touch.state == "needs_review"
        )
    )  # fmt: skip
    held = connection.execute(query).all()
    give_up(connection, [row.id for row in held], [row.touch_id for row in held])


def give_up(connection: Connection, attempts: list[str], touches: list[int]) -> None:
    """Call these touches failed: whom one could ask what became of them is gone."""
    if attempts:
        close_attempts(connection, attempts, "given_up")
        move_touches(connection, touches, "failed", reason=Reason.ERASED)
