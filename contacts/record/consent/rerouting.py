"""What a closed channel changes of what lies ahead: another one is taken, or nothing is left.

A channel that was closed must hold nobody's place: a touch that waited for it would stand as the
customer's next one until it is due, and hide that nothing comes. Callers own the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from contacts.cadences.ending import ends_on_opt_out
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.model import Cadence, Kind
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.record.consent.guards import load_guards
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Enrolment, Touch
from contacts.record.touches.backlog import take_off
from contacts.record.touches.going_on import end_enrolments
from contacts.record.touches.outcomes import skip_touches
from contacts.record.versions import cadences_of


def reroute(
    connection: Connection,
    customer_ids: Collection[int],
    *,
    opted_out: bool,
    signing_key: str,
    now: datetime,
) -> None:
    """Take what is planned for these customers off the channels that are closed to them by now.

    Where they `opted_out`, their cadences that can reach them in writing no more end first. What
    can leave by its step's other channel is planned for that one; what can leave by none is
    skipped, and the planner takes the next step at once. What is on its way already, or in doubt,
    stays as it is.
    """
    if not customer_ids:
        return
    asked = {"customers": customer_ids}
    active = connection.execute(_ACTIVE, asked).all() if opted_out else []
    planned = connection.execute(_PLANNED, asked).all()
    cadences = cadences_of(connection, {row.version_id for row in (*active, *planned)})
    people = [
        CustomerFacts(row.id, email=row.email or "", phone=row.phone or "")
        for row in connection.execute(_PEOPLE, asked)
    ]
    guards = load_guards(connection, people, signing_key=signing_key, now=now)
    reaches = {
        (one.id, version): guards.reach(one, cadence.purpose).once_confirmed()
        for one in people
        for version, cadence in cadences.items()
    }
    over = {row.id for row in active if _is_over(row, cadences, reaches)}
    end_enrolments(connection, over, state="stopped", reason=Reason.OPTED_OUT, now=now)
    _reroute_touches(
        connection, [row for row in planned if row.enrolment_id not in over], cadences, reaches, now
    )


_Reaches = Mapping[tuple[int, int], Reach]
"""By customer and version of a cadence."""


def _is_over(row: Any, cadences: Mapping[int, Cadence], reaches: _Reaches) -> bool:
    """One whose version can no longer be read is over: the customer's word must count."""
    cadence = cadences.get(row.version_id)
    if cadence is None:
        return True
    return ends_on_opt_out(cadence, row.position, reaches[row.customer_id, row.version_id])


def _reroute_touches(
    connection: Connection,
    planned: Sequence[Any],
    cadences: Mapping[int, Cadence],
    reaches: _Reaches,
    now: datetime,
) -> None:
    skipped: dict[Reason, list[int]] = {}
    turned: list[dict[str, object]] = []
    for row in planned:
        if (cadence := cadences.get(row.version_id)) is None:
            continue
        step = next(step for step in cadence.steps if step.key == row.step_key)
        route = reaches[row.customer_id, row.version_id].route(step)
        if not isinstance(route, Kind):
            skipped.setdefault(route, []).append(row.id)
        elif route != row.channel:
            turned.append({"touch": row.id, "by": route})
    for reason, touches in skipped.items():
        take_off(connection, touches)
        skip_touches(connection, touches, reason, now=now)
    if turned:
        connection.execute(_TURN, turned)


_PEOPLE = select(Customer.id, Customer.email, Customer.phone).where(
    one_of(Customer.id, "customers")
)
_ACTIVE = select(
    Enrolment.id, Enrolment.customer_id, Enrolment.version_id, Enrolment.position
).where(one_of(Enrolment.customer_id, "customers"), Enrolment.state == constant("active"))
_PLANNED = (
    select(
        Touch.id,
        Touch.customer_id,
        Touch.enrolment_id,
        Touch.step_key,
        Touch.channel,
        Enrolment.version_id,
    )
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .where(one_of(Touch.customer_id, "customers"), Touch.state == constant("planned"))
    .order_by(Touch.id)
)
_TURN = (
    update(Touch)
    .where(Touch.id == bindparam("touch"), Touch.state == constant("planned"))
    .values(channel=bindparam("by"))
)
