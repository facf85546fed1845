"""The proof that nobody goes stale: each active customer is in hand, or is listed with the reason.

In hand means: a touch is planned (and not long overdue) or on its way, a person has a task, or
somebody said until when nobody need keep in touch. Being recently in touch is not enough, since
nothing would come next.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from contacts.care.cover import Cover, cover_of, out_of_touch
from contacts.care.named import Uncovered, named
from contacts.care.uncovered import first_uncovered
from contacts.record.tables import Customer
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class Freshness:
    active: int
    by_touch: int
    by_task: int
    waived: int
    overdue: int
    """Out of touch for longer than their tier allows, in hand or not; for information."""
    uncovered_count: int
    stale: int = 0
    """Of the uncovered those who are out of touch for too long."""
    uncovered: list[Uncovered] = field(default_factory=list)
    """The first of them, longest out of touch first."""

    @property
    def covered(self) -> int:
        return self.by_touch + self.by_task + self.waived

    @property
    def holds(self) -> bool:
        return self.uncovered_count == 0


def freshness(
    connection: Connection,
    *,
    now: datetime,
    settings: Settings,
    limit: int = 1000,
    held: Callable[[], Collection[str]] = frozenset,
) -> Freshness:
    """Count who is in hand, and list up to `limit` who are not.

    `held` names the cadences that a fault keeps from being planned; it is asked only where
    somebody is listed, for it may have to read every message.
    """
    cover = cover_of(now).label("cover")
    overdue = case((out_of_touch(settings, now), 1), else_=0)
    counted = connection.execute(
        select(cover, func.count(), func.sum(overdue))
        .where(Customer.active.is_(True))
        .group_by(cover)
    ).all()
    count = {name: number for name, number, _ in counted}
    late = {name: number for name, _, number in counted}
    none = count.get(Cover.NONE, 0)
    return Freshness(
        active=sum(count.values()),
        by_touch=count.get(Cover.TOUCH, 0),
        by_task=count.get(Cover.TASK, 0),
        waived=count.get(Cover.WAIVER, 0),
        overdue=sum(late.values()),
        uncovered_count=none,
        stale=late.get(Cover.NONE, 0),
        uncovered=_first(connection, min(none, limit), now, held),
    )


def _first(
    connection: Connection, limit: int, now: datetime, held: Callable[[], Collection[str]]
) -> list[Uncovered]:
    """Not one more than there are, for the search ends with the last of them."""
    if not limit:
        return []
    uncovered = first_uncovered(connection, now=now, limit=limit)
    return named(connection, uncovered, now=now, held=held())
