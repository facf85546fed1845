"""How touches and enrolments move on; the one place that changes their states.

A move that the table `ALLOWED` does not name changes nothing, so a repeated or late event is
harmless. Callers own the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Connection,
    Executable,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from contacts.cadences.reasons import Reason
from contacts.record.attempts import unsettled
from contacts.record.given import Given
from contacts.record.many import constant, one_of
from contacts.record.queue import enqueue
from contacts.record.tables import Attempt, Customer, Enrolment, Instant, Queued, Task, Touch
from contacts.record.versions import cadences_of

# State -> the states it may be reached from. `delivered` may still become `bounced`: some mail
# systems accept first and refuse later.
ALLOWED: dict[str, frozenset[str]] = {
    "planned": frozenset({"sending", "unknown", "needs_review"}),
    "sending": frozenset({"planned"}),
    "unknown": frozenset({"planned", "sending"}),
    "needs_review": frozenset({"unknown"}),
    "accepted": frozenset({"sending", "unknown", "needs_review"}),
    "delivered": frozenset({"accepted"}),
    "undelivered": frozenset({"accepted"}),
    "dropped": frozenset({"accepted"}),
    "bounced": frozenset({"accepted", "delivered"}),
    "failed": frozenset({"planned", "sending", "unknown", "needs_review"}),
    "skipped": frozenset({"planned", "waiting"}),
    "waiting": frozenset({"planned"}),
    "done": frozenset({"waiting"}),
}
AT_ONCE = timedelta(minutes=1)
"""Answers so close together count as given at one instant, and are written in one statement."""
StopEvent = Literal["reply", "opt_out", "order"]
_STOP_REASON = {
    "reply": Reason.REPLIED,
    "opt_out": Reason.OPTED_OUT,
    "order": Reason.ORDERED,
}


@dataclass(slots=True)
class AcceptedAttempt:
    id: str
    provider_id: str | None
    http_status: int | None
    answered_at: datetime


class MovedTouch(NamedTuple):
    id: int
    enrolment_id: int
    """0 where its cadence has gone on without it: its touch once needed a review."""
    customer_id: int
    cadence: str


def move_touches(
    connection: Connection,
    touch_ids: Collection[int],
    state: str,
    *,
    reason: Reason | None = None,
    made_at: datetime | None = None,
) -> list[MovedTouch]:
    """Move those touches that may go to `state`; return the ones that did."""
    if not touch_ids:
        return []
    values = {"touches": touch_ids, "to": state, "why": reason, "at": made_at}
    return [MovedTouch._make(row) for row in connection.execute(_moving(state), values)]


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
    moved = move_touches(connection, [row.id for row in touches], "accepted", made_at=at)
    # A cadence whose touch went to a person has gone on already, and must not go on twice.
    reviewed = {row.id for row in touches if row.state == "needs_review"}
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


def go_on(
    connection: Connection,
    enrolment_ids: Collection[int],
    *,
    now: datetime,
    made_at: datetime | None = None,
) -> None:
    """Let the planner take the next step of these enrolments; one that it already has stays."""
    if not enrolment_ids:
        return
    connection.execute(_GO_ON, {"enrolments": enrolment_ids, "now": now, "at": made_at})


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


def plan_again(
    connection: Connection, ready: Mapping[int, datetime], *, reason: Reason, counts_as_try: bool
) -> None:
    """Put touches whose attempt is known not to have arrived back into the queue."""
    moved = move_touches(connection, list(ready), "planned", reason=reason)
    back = [touch.id for touch in moved]
    enqueue(connection, {touch: ready[touch] for touch in back})
    if counts_as_try and back:
        connection.execute(_COUNT_TRY, {"touches": back})


def stop_enrolments(
    connection: Connection, customer_id: int, *, event: StopEvent, now: datetime
) -> list[int]:
    """End the customer's cadences whose file says that `event` stops them; return their ids."""
    rows = connection.execute(
        select(Enrolment.id, Enrolment.version_id).where(
            Enrolment.customer_id == customer_id, Enrolment.state == "active"
        )
    ).all()
    cadences = cadences_of(connection, (row.version_id for row in rows))
    # A version that can no longer be read stops on everything: the customer's word must count.
    ending = [
        row.id
        for row in rows
        if (known := cadences.get(row.version_id)) is None or event in known.stop.on
    ]
    end_enrolments(connection, ending, state="stopped", reason=_STOP_REASON[event], now=now)
    return ending


def end_enrolments(
    connection: Connection,
    enrolment_ids: Collection[int],
    *,
    state: Literal["finished", "stopped"],
    reason: Reason | None,
    now: datetime,
) -> None:
    """End these enrolments; what they had planned and not yet begun is skipped."""
    if not enrolment_ids:
        return
    ended = {"enrolments": enrolment_ids, "to": state, "why": reason, "now": now}
    connection.execute(_END, ended)
    # A message that a person asked to send again outlives the end of its cadence, but no stop.
    query = _PLANNED_OF.where(~_WAS_REVIEWED) if state == "finished" else _PLANNED_OF
    planned = list(connection.execute(query, {"enrolments": enrolment_ids}).scalars())
    if planned:
        connection.execute(_UNQUEUE, {"touches": planned})
        move_touches(connection, planned, "skipped", reason=Reason.STOPPED)


@cache
def _moving(state: str) -> Executable:
    """The move of many touches to `state`, from where the table allows it."""
    enrolment: Any = Touch.enrolment_id
    if state in _GOING_ON:
        enrolment = case((_WAS_REVIEWED, literal_column("0")), else_=Touch.enrolment_id)
    return (
        update(Touch)
        .where(one_of(Touch.id, "touches"), Touch.state.in_(map(constant, sorted(ALLOWED[state]))))
        .values(
            state=bindparam("to"),
            reason=bindparam("why"),
            made_at=func.coalesce(bindparam("at", type_=Instant()), Touch.made_at),
        )
        .returning(Touch.id, enrolment, Touch.customer_id, Touch.cadence)
    )


_GOING_ON = frozenset({"accepted", "failed", "skipped", "needs_review"})
"""The states at which a cadence goes on to its next step."""
_WAS_REVIEWED = (
    select(Task.id)
    # As it stands: in RETURNING on SQLite a column loses its table, and would be the task's own.
    .where(Task.touch_id == literal_column("touches.id"), Task.kind == constant("review"))
    .exists()
)
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
_GO_ON = (
    update(Enrolment)
    .where(
        one_of(Enrolment.id, "enrolments"),
        Enrolment.state == "active",
        Enrolment.plan_at.is_(None),
    )
    .values(
        position=Enrolment.position + 1,
        plan_at=bindparam("now"),
        last_made_at=func.coalesce(bindparam("at", type_=Instant()), Enrolment.last_made_at),
        last_made=case(
            (bindparam("at", type_=Instant()).is_(None), Enrolment.last_made),
            else_=Enrolment.position,
        ),
    )
)
_DEFER = (
    update(Touch)
    .where(one_of(Touch.id, "touches"), Touch.state == "planned")
    .values(reason=bindparam("why"))
)
_COUNT_TRY = update(Touch).where(one_of(Touch.id, "touches")).values(tries=Touch.tries + 1)
_END = (
    update(Enrolment)
    .where(one_of(Enrolment.id, "enrolments"), Enrolment.state == "active")
    .values(state=bindparam("to"), reason=bindparam("why"), ended_at=bindparam("now"), plan_at=None)
)
_PLANNED_OF = select(Touch.id).where(
    one_of(Touch.enrolment_id, "enrolments"), Touch.state == "planned"
)
_UNQUEUE = delete(Queued).where(one_of(Queued.touch_id, "touches"))
