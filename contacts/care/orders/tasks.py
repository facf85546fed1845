"""What was noticed and no cadence took becomes a task, one for each customer."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from contacts.cadences.signals import SignalKind
from contacts.cadences.working import Roster
from contacts.record.book.absences import roster_of
from contacts.record.engine import writing
from contacts.record.locks import hold_imports
from contacts.record.orders.order_rows import last_orders
from contacts.record.orders.signals import link_tasks, untaken
from contacts.record.work.tasks import NewTask, add_to_briefs, open_tasks, open_tasks_of_kind
from contacts.settings import Settings

GRACE = timedelta(hours=12)
"""So long a cadence has to take a signal: until the next night."""
_DUE = 2  # business days of the owner
_DUE_WITHOUT = timedelta(days=3)  # where nobody owns the customer
_AT_ONCE = 500
_TITLES = {
    SignalKind.LATE: "Late with an order: ask how they are",
    SignalKind.SLOWER: "Orders less often: ask what changed",
    SignalKind.FASTER: "Orders more often: ask what they need",
    SignalKind.SMALLER: "Orders less at a time: ask what changed",
    SignalKind.BIGGER: "Orders more at a time: ask what they need",
    SignalKind.IRREGULAR: "Orders unevenly of late: ask what changed",
}


def open_order_tasks(
    engine: Engine, settings: Settings, *, now: datetime, taken_kinds: Collection[str]
) -> int:
    """Open a task for each customer with signals that nobody took; return how many are new."""
    opened = 0
    while True:
        with writing(engine) as connection:
            hold_imports(connection)  # and another look, which takes it as well
            rows = untaken(
                connection, taken_kinds=taken_kinds, raised_by=now - GRACE, limit=_AT_ONCE
            )
            if not rows:
                return opened
            opened += _open(connection, rows, roster_of(connection, settings), now)


def _open(connection: Connection, rows: Sequence[Any], roster: Roster, now: datetime) -> int:
    by_customer: dict[int, list[Any]] = {}
    for row in rows:
        by_customer.setdefault(row.customer_id, []).append(row)
    there = open_tasks_of_kind(connection, "orders", by_customer)
    last = last_orders(connection, by_customer)
    new = [
        _task(signals, last.get(customer), roster, now)
        for customer, signals in by_customer.items()
        if customer not in there
    ]
    add_to_briefs(
        connection,
        {
            there[customer]: "\n".join(one.reason for one in signals)
            for customer, signals in by_customer.items()
            if customer in there
        },
        now=now,
    )
    open_tasks(connection, new, now=now)
    there = open_tasks_of_kind(connection, "orders", by_customer)
    link_tasks(connection, {row.id: there[row.customer_id] for row in rows})
    return len(new)


def _task(signals: Sequence[Any], last: Any, roster: Roster, now: datetime) -> NewTask:
    """Of several signals the weightiest one names it."""
    first = signals[0]
    brief = [one.reason for one in signals]
    if last is not None:
        items = f": {last.items}" if last.items else ""
        brief.append(
            f"Last order: {last.ordered_at:%Y-%m-%d}, {last.amount} {last.currency}{items}"
        )
    due = now + _DUE_WITHOUT
    if first.owner_email in roster:
        due = roster.due(first.owner_email, now, _DUE, business=True)
    return NewTask(
        customer_id=first.customer_id,
        kind="orders",
        title=_TITLES[SignalKind(first.kind)],
        brief="\n".join(brief),
        due_at=due,
    )
