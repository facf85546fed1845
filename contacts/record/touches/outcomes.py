"""What becomes of touches, and what follows from it for their customers and cadences.

A touch moves by the table of contacts/record/touches/moves.py alone. Callers own the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, or_, select, update

from contacts.cadences.reasons import Reason
from contacts.caps import Cap
from contacts.record.given import Given
from contacts.record.many import constant, one_of
from contacts.record.tables import Attempt, Customer, Queued, Task, Touch
from contacts.record.touches.attempts import unsettled
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import MovedTouch, move_touches
from contacts.record.touches.queue import enqueue

AT_ONCE = timedelta(minutes=1)
"""Answers so close together count as given at one instant, and are written in one statement."""


@dataclass(slots=True)
class AcceptedAttempt:
    id: str
    provider_id: str | None
    http_status: int | None
    answered_at: datetime


def accept_attempts(
    connection: Connection, accepted: Sequence[AcceptedAttempt], *, now: datetime
) -> list[MovedTouch]:
    """Record that the provider has these: attempt, touch, customer and enrolment in one go.

    Attempts that a webhook accepted first keep its word; what is already accepted stays as it is.
    """
    if not accepted:
        return []
    times = [one.answered_at for one in accepted]
    if max(times) - min(times) > AT_ONCE:
        singly = (accept_attempts(connection, [one], now=now) for one in accepted)
        return [touch for moved in singly for touch in moved]
    connection.execute(_ACCEPT, {"rows": _ANSWERS.rows(accepted)})
    ids = [one.id for one in accepted]
    touches = connection.execute(_ACCEPTED, {"attempts": ids}).all()
    at = max(times)
    moved = move_touches(connection, [touch for touch, _ in touches], "accepted", made_at=at)
    # A cadence whose touch went to a person has gone on already, and must not go on twice.
    reviewed = {touch for touch, state in touches if state == "needs_review"}
    made(connection, [touch for touch in moved if touch.id not in reviewed], at=at, now=now)
    touched(connection, {touch.customer_id for touch in moved if touch.id in reviewed}, at=at)
    if reviewed:
        connection.execute(_SETTLE_REVIEWS, {"touches": reviewed, "now": now})
    return moved


def made(
    connection: Connection, moved: Sequence[MovedTouch], *, at: datetime, now: datetime
) -> None:
    """These touches were really made: their customers were contacted, their cadences go on."""
    if not moved:
        return
    touched(connection, {touch.customer_id for touch in moved}, at=at)
    go_on(connection, {touch.enrolment_id for touch in moved}, now=now, made_at=at)


def touched(connection: Connection, customer_ids: Collection[int], *, at: datetime) -> None:
    """Keep `last_contact_at` at the latest contact."""
    if not customer_ids:
        return
    connection.execute(_TOUCHED, {"customers": customer_ids, "at": at})


def skip_touches(
    connection: Connection, touch_ids: Collection[int], reason: Reason, *, now: datetime
) -> list[MovedTouch]:
    """Skip these touches for a reason and let their cadences go on."""
    moved = move_touches(connection, touch_ids, "skipped", reason=reason)
    go_on(connection, {touch.enrolment_id for touch in moved}, now=now)
    return moved


def defer_touches(connection: Connection, reasons: Mapping[int, Reason]) -> None:
    """Keep why these planned touches have to wait; they stay planned."""
    by_reason: dict[Reason, list[int]] = {}
    for touch, reason in reasons.items():
        by_reason.setdefault(reason, []).append(touch)
    for reason, touches in by_reason.items():
        connection.execute(_DEFER, {"touches": touches, "why": reason})


def keep_caps(connection: Connection, caps: Mapping[int, Cap]) -> None:
    """Keep which cap left these touches no room; why they wait or were skipped is kept besides."""
    by_cap: dict[Cap, list[int]] = {}
    for touch, cap in caps.items():
        by_cap.setdefault(cap, []).append(touch)
    for cap, touches in by_cap.items():
        connection.execute(_KEEP_CAP, {"touches": touches, "code": cap.code})


def plan_again(
    connection: Connection, ready: Mapping[int, datetime], *, reason: Reason, counts_as_try: bool
) -> None:
    """Put touches whose attempt is known not to have arrived back into the queue."""
    moved = move_touches(connection, list(ready), "planned", reason=reason)
    back = [touch.id for touch in moved]
    enqueue(connection, {touch: ready[touch] for touch in back})
    if back:
        connection.execute(_ABOVE_FENCES_BEFORE, {"touches": back})
    if counts_as_try and back:
        connection.execute(_COUNT_TRY, {"touches": back})


_ABOVE_FENCES_BEFORE = (
    update(Queued)
    .where(one_of(Queued.touch_id, "touches"))
    .values(
        fence=select(func.coalesce(func.max(Attempt.fence), 0))
        .where(Attempt.touch_id == Queued.touch_id)
        .scalar_subquery()
    )
)
"""Who claimed it before, and slept since, has a lower fence than any claim to come."""
_ANSWERS = Given(Attempt, *(field.name for field in fields(AcceptedAttempt)))
_ACCEPT = (
    update(Attempt)
    .where(Attempt.id == _ANSWERS["id"], unsettled())
    .values(
        state=constant("accepted"),
        provider_id=func.coalesce(_ANSWERS["provider_id"], Attempt.provider_id),
        http_status=func.coalesce(_ANSWERS["http_status"], Attempt.http_status),
        answered_at=_ANSWERS["answered_at"],
    )
)
_ACCEPTED = (
    select(Touch.id, Touch.state)
    .join(Attempt, Attempt.touch_id == Touch.id)
    .where(one_of(Attempt.id, "attempts"), Attempt.state == "accepted")
)
_SETTLE_REVIEWS = (
    update(Task)
    .where(one_of(Task.touch_id, "touches"), Task.kind == "review", Task.state == "open")
    .values(state="done", outcome="The provider says that it has the message.",
            closed_at=bindparam("now"))
)  # fmt: skip
_TOUCHED = (
    update(Customer)
    .where(
        one_of(Customer.id, "customers"),
        or_(Customer.last_contact_at.is_(None), Customer.last_contact_at < bindparam("at")),
    )
    .values(last_contact_at=bindparam("at"))
)
_DEFER = (
    update(Touch)
    .where(one_of(Touch.id, "touches"), Touch.state == "planned")
    .values(reason=bindparam("why"))
)
_KEEP_CAP = update(Touch).where(one_of(Touch.id, "touches")).values(cap=bindparam("code"))
_COUNT_TRY = update(Touch).where(one_of(Touch.id, "touches")).values(tries=Touch.tries + 1)
