"""Whom the sweep has to see to: who has nothing ahead, and whose next touch comes too late.

Everybody at once is two anti-joins, in which PostgreSQL reads each table once; some customers are
looked up by their ids alone.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Select, or_, select

from contacts.care.cover import OVERDUE, has_nothing_ahead
from contacts.record.customers.silence import out_of_touch
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Queued, Task, Touch
from contacts.settings import Settings

SOON = timedelta(days=7)
"""Who is out of touch for too long must have a touch due within it, or a person's task."""
CHUNK = 1000
"""Customers who are looked up at a time; of many more PostgreSQL would rather read every touch."""


class Needy(NamedTuple):
    """The sweep's work, by customers' ids in order."""

    uncovered: list[int]
    slipping: list[int]
    """Out of touch for too long, and the next touch is far off; in hand for the proof."""

    @property
    def everybody(self) -> list[int]:
        return sorted((*self.uncovered, *self.slipping))


def needy(
    connection: Connection,
    *,
    settings: Settings,
    now: datetime,
    among: Collection[int] | None = None,
) -> Needy:
    """All of them; with `among` those of these customers."""
    free = _without_task(now)
    uncovered = free.where(has_nothing_ahead(Touch.due_at >= now - OVERDUE))
    near = (Queued.ready_at <= now + SOON, Touch.due_at >= now - SOON)
    late = free.where(out_of_touch(settings, now), has_nothing_ahead(*near))
    none = _ids(connection, uncovered, among)
    known = frozenset(none)
    return Needy(none, [one for one in _ids(connection, late, among) if one not in known])


def _ids(
    connection: Connection, statement: Select[int], among: Collection[int] | None
) -> list[int]:
    if among is None:
        return sorted(connection.execute(statement).scalars())
    asked, ids = statement.where(one_of(Customer.id, "customers")), sorted(among)
    found: list[int] = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found += connection.execute(asked, {"customers": some}).scalars()
    return sorted(found)


def _without_task(now: datetime) -> Select[int]:
    """Active customers without a task and without a waiver."""
    task = select(Task.id).where(Task.customer_id == Customer.id, Task.state == constant("open"))
    waived_no_more = or_(Customer.waived_until.is_(None), Customer.waived_until < now.date())
    return select(Customer.id).where(Customer.active.is_(True), waived_no_more, ~task.exists())
