"""How enrolments go on to their next step, and how they end.

Only one that is active does either, so that a repeated or late event is harmless. Callers own the
transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from contacts.cadences.reasons import Reason
from contacts.record.many import one_of
from contacts.record.tables import Enrolment, Instant, Queued, Touch
from contacts.record.touches.moves import WAS_REVIEWED, move_touches
from contacts.record.versions import cadences_of

StopEvent = Literal["reply", "order"]  # what an opt-out ends is in `rerouting`
_STOP_REASON = {
    "reply": Reason.REPLIED,
    "order": Reason.ORDERED,
}


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
    query = _PLANNED_OF.where(~WAS_REVIEWED) if state == "finished" else _PLANNED_OF
    planned = list(connection.execute(query, {"enrolments": enrolment_ids}).scalars())
    if planned:
        connection.execute(_UNQUEUE, {"touches": planned})
        move_touches(connection, planned, "skipped", reason=Reason.STOPPED)


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
_END = (
    update(Enrolment)
    .where(one_of(Enrolment.id, "enrolments"), Enrolment.state == "active")
    .values(state=bindparam("to"), reason=bindparam("why"), ended_at=bindparam("now"), plan_at=None)
)
_PLANNED_OF = select(Touch.id).where(
    one_of(Touch.enrolment_id, "enrolments"), Touch.state == "planned"
)
_UNQUEUE = delete(Queued).where(one_of(Queued.touch_id, "touches"))
