"""What conditions, messages and briefs may know of customers' signals."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, and_, select

from contacts.cadences.facts import SignalFacts
from contacts.record.contact import Enrolment
from contacts.record.many import one_of
from contacts.record.orders.signals import TRIGGER, Signal, signalled_by


def signal_facts(
    connection: Connection, customer_ids: Collection[int]
) -> tuple[dict[int, SignalFacts], dict[int, dict[str, SignalFacts]]]:
    """By customer: the weightiest open signal, and by cadence the one that started it last."""
    asked = {"customers": customer_ids}
    now = {row.customer_id: _facts(row) for row in connection.execute(_NOW, asked)}
    started: dict[int, dict[str, SignalFacts]] = {}
    for row in connection.execute(_STARTED, asked):
        started.setdefault(row.customer_id, {})[row.cadence] = _facts(row)
    return now, started


def facts_of_triggers(
    connection: Connection, triggers: Mapping[int, str]
) -> dict[int, SignalFacts]:
    """By customer, the signal that the trigger of each names."""
    ids = {int(trigger.removeprefix(TRIGGER)): one for one, trigger in triggers.items()}
    found = connection.execute(_BY_ID, {"signals": list(ids)})
    return {ids[row.id]: _facts(row) for row in found}


def _facts(row: Any) -> SignalFacts:
    return SignalFacts(kind=row.kind, reason=row.reason)


_BY_SIGNAL = and_(
    Enrolment.customer_id == Signal.customer_id, Enrolment.trigger == signalled_by(Signal.id)
)
_FACTS = (Signal.id, Signal.customer_id, Signal.kind, Signal.reason)
_NOW = (
    select(*_FACTS)
    .where(one_of(Signal.customer_id, "customers"), Signal.cleared_at.is_(None))
    .order_by(Signal.weight, Signal.id.desc())
)
"""Of several rows of a customer the last counts."""
_STARTED = (
    select(*_FACTS, Enrolment.cadence)
    .join(Enrolment, _BY_SIGNAL)
    .where(one_of(Signal.customer_id, "customers"), one_of(Enrolment.customer_id, "customers"))
    .order_by(Enrolment.id)
)
_BY_ID = select(*_FACTS).where(one_of(Signal.id, "signals"))
