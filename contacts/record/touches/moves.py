"""Which state of a touch may follow which: the one place that changes them.

A move that the table `ALLOWED` does not name changes nothing, so a repeated or late event is
harmless. Callers own the transaction.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, bindparam, case, func, literal_column, select, update

from contacts.cadences.reasons import Reason
from contacts.record.many import constant, one_of
from contacts.record.tables import Instant, Task, Touch

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
WAS_REVIEWED = (
    select(Task.id)
    # As it stands: in RETURNING on SQLite a column loses its table, and would be the task's own.
    .where(Task.touch_id == literal_column("touches.id"), Task.kind == constant("review"))
    .exists()
)
"""Whether a touch of the statement around it was ever a person's to review."""


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


def wait_again(connection: Connection, touch_id: int) -> bool:
    """Let a touch that a person made wait for them again: it was logged by a slip.

    The one way back, and no move of the table: nobody but who takes back their word asks for it.
    """
    back = update(Touch).where(Touch.id == touch_id, Touch.state == constant("done"))
    return connection.execute(back.values(state="waiting", made_at=None)).rowcount == 1


@cache
def _moving(state: str) -> Executable:
    """The move of many touches to `state`, from where the table allows it."""
    enrolment: Any = Touch.enrolment_id
    if state in _GOING_ON:
        enrolment = case((WAS_REVIEWED, literal_column("0")), else_=Touch.enrolment_id)
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
