"""How signals come and go: raised once, raised again where their end was none, told anew, cleared.

Callers own the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, bindparam, insert, select, update

from contacts.record.contact import Task
from contacts.record.locks import hold_imports
from contacts.record.many import constant, one_of
from contacts.record.orders.signals import Signal
from contacts.record.people import Customer


@dataclass(frozen=True, slots=True)
class NewSignal:
    customer_id: int
    kind: str
    key: str
    reason: str
    weight: float
    figures: Mapping[str, Any] = field(default_factory=dict)


def raise_signals(
    connection: Connection, new: Sequence[NewSignal], *, since: datetime, now: datetime
) -> list[str]:
    """Raise those of active customers that were not raised before; return the kind of each.

    Nobody has two of a kind that are open. One that was raised `since`, and is over, is raised
    again, with a task of its own if that had closed by itself: the order that had ended it was
    corrected or taken back.
    """
    hold_imports(connection)  # and erasures and other looks, which take it as well
    customers = {one.customer_id for one in new}
    active = set(connection.execute(_ACTIVE, {"customers": customers}).scalars())
    there = connection.execute(_THERE, {"customers": customers}).all()
    is_open = {(row.customer_id, row.kind) for row in there if row.cleared_at is None}
    over = {(row.customer_id, row.kind, row.key): row for row in there}
    first: dict[tuple[int, str], NewSignal] = {}
    again: dict[int, NewSignal] = {}
    for one in new:
        if one.customer_id not in active or (one.customer_id, one.kind) in is_open:
            continue
        before = over.get((one.customer_id, one.kind, one.key))
        if before is None:
            first[one.customer_id, one.kind] = one
        elif before.raised_at >= since:
            again[before.id] = one
    _store(connection, list(first.values()), now)
    _reopen(connection, again)
    return [one.kind for one in (*first.values(), *again.values())]


def renew_signals(connection: Connection, new: Sequence[tuple[int, NewSignal]]) -> None:
    """Tell these signals anew, by their ids: a silence grows."""
    if new:
        hold_imports(connection)
        connection.execute(
            _RENEW,
            [
                {
                    "signal": id_,
                    "said": one.reason,
                    "numbers": dict(one.figures),
                    "heavy": one.weight,
                }
                for id_, one in new
            ],
        )


def clear_signals(connection: Connection, ids: Collection[int], *, why: str, now: datetime) -> None:
    """They are over, and so is what a person was asked to do about them: the task says why."""
    if not ids:
        return
    hold_imports(connection)  # two that clear the same ones could wait for each other
    connection.execute(_CLEAR, {"signals": ids, "at": now})
    connection.execute(_CLOSE, {"signals": ids, "at": now, "why": why})


def _store(connection: Connection, new: Sequence[NewSignal], now: datetime) -> None:
    if not new:
        return
    rows = [
        {
            "customer_id": one.customer_id,
            "kind": one.kind,
            "key": one.key,
            "reason": one.reason,
            "figures": dict(one.figures),
            "weight": one.weight,
            "raised_at": now,
        }
        for one in new
    ]
    connection.execute(insert(Signal), rows)


def _reopen(connection: Connection, again: Mapping[int, NewSignal]) -> None:
    if again:
        connection.execute(_UNLINK, {"signals": list(again)})
        connection.execute(_REOPEN, {"signals": list(again)})
        renew_signals(connection, list(again.items()))


_ACTIVE = select(Customer.id).where(one_of(Customer.id, "customers"), Customer.active.is_(True))
_THERE = select(
    Signal.id, Signal.customer_id, Signal.kind, Signal.key, Signal.raised_at, Signal.cleared_at
).where(one_of(Signal.customer_id, "customers"))
_CLEAR = (
    update(Signal)
    .where(one_of(Signal.id, "signals"), Signal.cleared_at.is_(None))
    .values(cleared_at=bindparam("at", type_=Signal.cleared_at.type))
)
_CLOSE = (
    update(Task)
    .where(
        Task.id.in_(
            select(Signal.task_id).where(one_of(Signal.id, "signals"), Signal.task_id.is_not(None))
        ),
        Task.id.not_in(
            select(Signal.task_id).where(Signal.cleared_at.is_(None), Signal.task_id.is_not(None))
        ),
        Task.state == constant("open"),
    )
    .values(
        state="done",
        outcome=bindparam("why", type_=Task.outcome.type),
        closed_at=bindparam("at", type_=Task.closed_at.type),
    )
)
_UNLINK = (
    update(Signal)
    .where(
        one_of(Signal.id, "signals"),
        select(Task.id)
        .where(Task.id == Signal.task_id, Task.closed_at == Signal.cleared_at)
        .exists(),
    )
    .values(task_id=None)
)
"""What closed with its signal was closed by it; what a person closed before stays closed."""
_REOPEN = update(Signal).where(one_of(Signal.id, "signals")).values(cleared_at=None)
_RENEW = (
    update(Signal)
    .where(Signal.id == bindparam("signal"))
    .values(
        reason=bindparam("said"),
        figures=bindparam("numbers", type_=JSON()),
        weight=bindparam("heavy"),
    )
)
