"""What happened with customers of late, for the people who are to call, visit or write to them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select

from contacts.cadences.calendar import local_date
from contacts.cadences.dialogue import Dialogue, Lately, RecentOrder
from contacts.cadences.facts import CustomerFacts
from contacts.cadences.outcomes import with_outcome
from contacts.record import phrases
from contacts.record.customers.in_touch import IS_GOOD
from contacts.record.many import constant, one_of
from contacts.record.phrases import NoteKind
from contacts.record.tables import ALIVE, Attempt, Event, Message, Order, Touch

LONGEST = 500
"""Characters of what was said; the whole of it is on the timeline."""
_ORDERS = 5
_Rows = Select[*tuple[Any, ...]]
_BY_A_PERSON = (NoteKind.CALL, NoteKind.VISIT, NoteKind.LETTER, NoteKind.NOTE)


def lately(
    connection: Connection, customers: Iterable[CustomerFacts], *, now: datetime
) -> dict[int, Lately]:
    """What was said and bought last, by customer id; for few customers at a time."""
    zones = {one.id: one.timezone for one in customers}
    if not zones:
        return {}
    given = {"customers": list(zones), "now": now}
    said = {customer: Dialogue() for customer in zones}
    for row in connection.execute(_REPLIES, given):
        on = local_date(row.occurred_at, zones[row.customer_id])
        said[row.customer_id] = replace(
            said[row.customer_id], reply=_short(row.detail), reply_on=on
        )
    for row in connection.execute(_MESSAGES, given):
        said[row.customer_id] = replace(
            said[row.customer_id],
            message=_short(row.subject or row.text),
            message_on=local_date(row.made_at, zones[row.customer_id]),
            message_by=row.channel,
        )
    for row in connection.execute(_NOTES, given):
        on = local_date(row.occurred_at, zones[row.customer_id])
        said[row.customer_id] = replace(said[row.customer_id], note=_note(row), note_on=on)
    orders = _orders(connection, given, zones)
    return {one: Lately(said[one], tuple(orders.get(one, ()))) for one in zones}


def _orders(
    connection: Connection, given: dict[str, Any], zones: dict[int, str]
) -> dict[int, list[RecentOrder]]:
    found: dict[int, list[RecentOrder]] = {}
    for row in connection.execute(_LATEST_ORDERS, given):
        on: date = local_date(row.ordered_at, zones[row.customer_id])
        order = RecentOrder(on, Decimal(str(row.amount)), row.currency, _short(row.items or ""))
        found.setdefault(row.customer_id, []).append(order)
    return found


def _note(row: Any) -> str:
    head = with_outcome(phrases.event(row.kind, "person"), (row.payload or {}).get("result"))
    return _short(f"{head}: {row.detail}" if row.detail else head)


def _short(words: str) -> str:
    """One line, for it stands in the middle of a text."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _place(customer: Any, *newest_first: ColumnElement[Any]) -> ColumnElement[int]:
    """1 for the newest row of each customer, 2 for the one before."""
    return func.row_number().over(partition_by=customer, order_by=newest_first).label("place")


def _newest(rows: _Rows, most: int = 1) -> _Rows:
    ranked = rows.subquery()
    return select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)


_EVENTS = select(
    Event.customer_id,
    Event.kind,
    Event.detail,
    Event.payload,
    Event.occurred_at,
    _place(Event.customer_id, Event.occurred_at.desc(), Event.id.desc()),
).where(one_of(Event.customer_id, "customers"), Event.occurred_at <= bindparam("now"))
_REPLIES = _newest(_EVENTS.where(Event.kind == "replied", Event.detail != ""))
_NOTES = _newest(
    _EVENTS.where(
        Event.provider == "person",
        Event.kind.in_([kind.value for kind in _BY_A_PERSON]),
        IS_GOOD,
        or_(Event.detail != "", Event.payload.is_not(None)),
    )
)
_MESSAGES = _newest(
    select(
        Touch.customer_id,
        Touch.made_at,
        Attempt.channel,
        Message.subject,
        Message.text,
        _place(Touch.customer_id, Touch.made_at.desc(), Touch.id.desc()),
    )
    .join(Attempt, Attempt.touch_id == Touch.id)
    .join(Message, Message.attempt_id == Attempt.id)
    .where(
        one_of(Touch.customer_id, "customers"),
        Touch.made_at <= bindparam("now"),
        Attempt.state.in_([constant(state) for state in ALIVE]),  # so that its index is used
    )
)
_LATEST_ORDERS = _newest(
    select(
        Order.customer_id,
        Order.ordered_at,
        Order.amount,
        Order.currency,
        Order.items,
        _place(Order.customer_id, Order.ordered_at.desc(), Order.id.desc()),
    ).where(
        one_of(Order.customer_id, "customers"),
        Order.amount > 0,
        Order.ordered_at <= bindparam("now"),
    ),
    most=_ORDERS,
)
