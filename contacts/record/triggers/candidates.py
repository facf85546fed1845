"""Whom a cadence's `start` takes in: candidates from the record, each with its trigger's key.

A trigger's key names the cause, and an enrolment is unique by (customer, cadence, trigger): the
same cause never starts a cadence twice.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, literal, select

from contacts.cadences.model import Cadence, Start
from contacts.record.tables import Customer, Enrolment
from contacts.record.triggers.ends import ending, over
from contacts.record.triggers.noticed import asked, signalled
from contacts.record.triggers.scope import Within, active, enrolled, in_window, is_asked_of
from contacts.record.triggers.silence import IDLE, idle, quiet

PAGE = 500
"""Candidates that come together."""
WINDOW = 5000
"""Customers who are looked at together. Everything is asked of these ids alone: left to itself
PostgreSQL reads the whole of the enrolments anew for every page."""


@dataclass(frozen=True, slots=True)
class Candidate:
    customer_id: int
    trigger: str
    timezone: str


def candidates(
    connection: Connection,
    cadence: Cadence,
    *,
    now: datetime,
    among: Collection[int] | None = None,
    window: int = WINDOW,
) -> Iterator[list[Candidate]]:
    """Active customers whom the trigger names and who were not enrolled for it, in pages.

    Who has several causes comes again in a later page, for each of the others. With `among` only
    these customers, at a cost by their number alone.
    """
    if among is not None:
        yield from _among(connection, cadence, sorted(among), now=now, window=window)
        return
    statement = _select(cadence, now, in_window)
    after = 0
    while until := connection.execute(_WINDOW, {"after": after, "most": window}).scalar_one():
        rows = connection.execute(statement, {"after": after, "until": until}).all()
        yield from _pages(cadence, rows)
        after = until


def _among(
    connection: Connection, cadence: Cadence, ids: Sequence[int], *, now: datetime, window: int
) -> Iterator[list[Candidate]]:
    statement = _select(cadence, now, is_asked_of)
    for start in range(0, len(ids), window):
        some = ids[start : start + window]
        yield from _pages(cadence, connection.execute(statement, {"asked": some}).all())


def _pages(cadence: Cadence, rows: Sequence[Any]) -> Iterator[list[Candidate]]:
    """Everybody's first cause in the first pages; second ones follow, in case that one fails."""
    waves: list[list[Candidate]] = []
    met: Counter[int] = Counter()
    for row in rows:
        if met[row.id] == len(waves):
            waves.append([])
        waves[met[row.id]].append(Candidate(row.id, _key(cadence.start, row.cause), row.timezone))
        met[row.id] += 1
    for found in waves:
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]


def _select(cadence: Cadence, now: datetime, within: Within) -> Any:
    start = cadence.start.on
    if start in _OF_A_CAUSE:
        return _OF_A_CAUSE[start].select(cadence, now, within)
    return active(literal(""), within).where(~enrolled(cadence, within, Enrolment.trigger == start))


def _key(start: Start, cause: Any) -> str:
    if start.on not in _OF_A_CAUSE:
        return start.on
    if isinstance(cause, datetime):
        cause = cause.date()
    return f"{_OF_A_CAUSE[start.on].prefix}:{cause}"


class _Trigger(NamedTuple):
    prefix: str
    """How its keys begin; the cause follows."""
    select: Callable[[Cadence, datetime, Within], Any]
    """Who has a cause, as `id`, `timezone` and `cause`, everybody's first cause first."""


_OF_A_CAUSE = {
    "customer.quiet": _Trigger("quiet", quiet),
    "customer.idle": _Trigger(IDLE, idle),
    "contract.ending": _Trigger("contract", ending),
    "contract.ended": _Trigger("contract", over),
    "consent.asked": _Trigger("consent", asked),
    "signal": _Trigger("signal", signalled),
}
"""`customer.added` alone has none: it takes in everybody, once."""
_WINDOW = select(
    func.max(
        select(Customer.id)
        .where(Customer.id > bindparam("after"))
        .order_by(Customer.id)
        .limit(bindparam("most"))
        .subquery()
        .c.id
    )
)
