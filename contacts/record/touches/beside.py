"""What else is planned for the customers of a batch, by their other enrolments; how it is put off.

Most customers have one enrolment under way, and then the unique index of enrolments says all there
is to say.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, not_, or_, select, update

from contacts.cadences.reasons import Reason
from contacts.record.clock import DatabaseNow
from contacts.record.many import constant, one_of
from contacts.record.tables import Enrolment, Queued, Touch


def planned_beside(
    connection: Connection, customer_ids: Collection[int], *, but: Collection[int]
) -> Sequence[Any]:
    """The messages planned for these customers by enrolments other than those in `but`."""
    asked = {"customers": customer_ids, "but": but}
    enrolments = list(connection.execute(_OTHERS, asked).scalars())
    if not enrolments:
        return []
    return connection.execute(_PLANNED, {"enrolments": enrolments}).all()


def put_off(
    connection: Connection, ready: Mapping[int, datetime], fences: Mapping[int, int]
) -> int:
    """Let these queued touches wait for the others, and say why; return how many.

    One that waits for the end of its customer's pause, or of a waiver, still says that: if it ends
    before, it is looked at.

    One that a worker has claimed, or claimed in between, stays as it is.
    """
    moved = [
        touch
        for touch in sorted(ready)
        if connection.execute(
            _PUT_OFF, {"touch": touch, "held": fences[touch], "at": ready[touch]}
        ).rowcount
    ]
    if moved:
        connection.execute(_TELL_WHY, {"touches": moved, "why": Reason.SPREAD})
    return len(moved)


_FREE = or_(Queued.lease_until.is_(None), Queued.lease_until < DatabaseNow())
# By its customers first: PostgreSQL, which knows little of a table that has just grown, would walk
# all that are active by their partial index.
_THEIRS = (
    select(Enrolment.id, Enrolment.state, Enrolment.plan_at)
    .where(one_of(Enrolment.customer_id, "customers"), not_(one_of(Enrolment.id, "but")))
    .cte("theirs")
    .prefix_with("MATERIALIZED")
)
_OTHERS = select(_THEIRS.c.id).where(
    _THEIRS.c.state == constant("active"), _THEIRS.c.plan_at.is_(None)
)
_PLANNED = (
    select(
        Touch.id,
        Touch.customer_id,
        Touch.enrolment_id,
        Touch.cadence,
        Touch.step_key,
        Touch.channel,
        Touch.purpose,
        Touch.reason,
        Touch.not_after,
        Enrolment.version_id,
        Queued.ready_at,
        Queued.fence,
        _FREE.label("is_free"),
    )
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .join(Queued, Queued.touch_id == Touch.id)
    .where(
        one_of(Touch.enrolment_id, "enrolments"),
        Touch.state == constant("planned"),
        Touch.channel.in_([constant("email"), constant("sms")]),
    )
    .order_by(Touch.id)
)
_PUT_OFF = (
    update(Queued)
    .where(Queued.touch_id == bindparam("touch"), Queued.fence == bindparam("held"), _FREE)
    .values(ready_at=bindparam("at"))
)
_TELL_WHY = (
    update(Touch)
    .where(
        one_of(Touch.id, "touches"),
        Touch.state == constant("planned"),
        Touch.reason.is_distinct_from(Reason.CUSTOMER_PAUSED),
        Touch.reason.is_distinct_from(Reason.WAIVED),
    )
    .values(reason=bindparam("why"))
)
