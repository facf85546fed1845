"""The proof that nobody goes stale: each active customer is in hand, or is listed with the reason.

In hand means: a touch is planned (and not long overdue) or on its way, a person has a task, or
somebody said until when nobody need keep in touch. Being recently in touch is not enough, since
nothing would come next. Whom nobody owns is an exception even so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    case,
    func,
    literal,
    select,
    union_all,
)

from contacts.care.cover import (
    IS_ACTIVE,
    OVERDUE,
    Cover,
    cover_of,
    cover_without_touch,
    has_nothing_ahead,
    is_left_alone,
)
from contacts.care.named import Uncovered, named
from contacts.care.uncovered import first_uncovered
from contacts.care.unowned import first_unowned, is_unowned
from contacts.record.customers.proofs import Proof
from contacts.record.customers.silence import out_of_touch
from contacts.record.tables import Customer, Touch
from contacts.settings import Settings

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Freshness:
    active: int
    by_touch: int
    by_task: int
    waived: int
    overdue: int
    """Out of touch for longer than they may be, in hand or not; for information."""
    uncovered_count: int
    stale: int = 0
    """Of the uncovered those who are out of touch for too long."""
    uncovered: list[Uncovered] = field(default_factory=list)
    """The first of them, longest out of touch first."""
    unowned_count: int = 0
    """Whom nobody owns, in hand or not."""
    unowned: list[Uncovered] = field(default_factory=list)
    """The first of them by their ids."""
    unowned_too: int = 0
    """Of the uncovered those whom nobody owns as well."""

    @property
    def covered(self) -> int:
        return self.by_touch + self.by_task + self.waived

    @property
    def holds(self) -> bool:
        return self.uncovered_count == 0 and self.unowned_count == 0

    def kept(self, at: datetime, repaired: Mapping[str, int]) -> Proof:
        """The numbers of it, to be kept, with what was repaired before."""
        return Proof(
            at=at,
            active=self.active,
            by_touch=self.by_touch,
            by_task=self.by_task,
            waived=self.waived,
            overdue=self.overdue,
            uncovered=self.uncovered_count,
            stale=self.stale,
            unowned=self.unowned_count,
            repaired=dict(repaired),
        )


def freshness(
    connection: Connection,
    *,
    now: datetime,
    settings: Settings,
    limit: int = 1000,
    held: Callable[[], Collection[str]] = frozenset,
) -> Freshness:
    """Count who is in hand, and list up to `limit` who are not, and as many whom nobody owns.

    `held` names the cadences that a fault keeps from being planned; it is asked only where
    somebody is listed, for it may have to read every message.
    """
    rows = connection.execute(_counts(settings, now)).all()
    count = {name: number for name, number, _, _ in rows}
    late = {name: number or 0 for name, _, number, _ in rows}
    alone = {name: number or 0 for name, _, _, number in rows}
    unowned = alone[_ALL]
    active, none = count[_ALL], count.get(Cover.NONE, 0)
    return Freshness(
        active=active,
        by_touch=active - sum(number for name, number in count.items() if name != _ALL),
        by_task=count.get(Cover.TASK, 0),
        waived=count.get(Cover.WAIVER, 0),
        overdue=late[_ALL],
        uncovered_count=none,
        stale=late.get(Cover.NONE, 0),
        uncovered=_first(connection, min(none, limit), now, held),
        unowned_count=unowned,
        unowned=first_unowned(connection, settings=settings, limit=limit) if unowned else [],
        unowned_too=alone.get(Cover.NONE, 0),
    )


def freshness_of(
    connection: Connection, owner_ids: Collection[int], *, now: datetime, settings: Settings
) -> Freshness:
    """Count who of these owners' customers is in hand; it looks each of them up."""
    rows = connection.execute(_counts_of(owner_ids, settings, now)).all()
    count = {name: number for name, number, _, _ in rows}
    late = {name: number for name, _, number, _ in rows}
    alone = {name: number for name, _, _, number in rows}
    return Freshness(
        active=sum(count.values()),
        by_touch=count.get(Cover.TOUCH, 0),
        by_task=count.get(Cover.TASK, 0),
        waived=count.get(Cover.WAIVER, 0),
        overdue=sum(late.values()),
        uncovered_count=count.get(Cover.NONE, 0),
        stale=late.get(Cover.NONE, 0),
        unowned_count=sum(alone.values()),
        unowned_too=alone.get(Cover.NONE, 0),
    )


def count_unowned_too(connection: Connection, *, now: datetime, settings: Settings) -> int:
    """How many active customers have nothing planned and no owner either."""
    both = select(func.count()).where(
        Customer.active.is_(True),
        is_unowned(settings),
        has_nothing_ahead(Touch.due_at >= now - OVERDUE),
        cover_without_touch(now) == Cover.NONE.value,
    )
    return connection.execute(both).scalar_one()


def _counts(settings: Settings, now: datetime) -> CompoundSelect[Any]:
    """Everybody, and by their cover those without a touch ahead or left alone: few as a rule."""
    late, alone = _late_and_alone(settings, now)
    cover = cover_without_touch(now).label("cover")
    everybody = select(literal(_ALL), func.count(), late, alone).where(Customer.active.is_(True))
    bare = has_nothing_ahead(Touch.due_at >= now - OVERDUE)
    others = select(cover, func.count(), late, alone).where(
        Customer.active.is_(True), bare, cover != Cover.WAIVER.value
    )
    waived = select(literal(Cover.WAIVER.value), func.count(), late, alone).where(
        Customer.active.is_(True), is_left_alone(now)
    )
    return union_all(everybody, others.group_by(cover), waived)


def _counts_of(owner_ids: Collection[int], settings: Settings, now: datetime) -> Select[Any]:
    """By their cover."""
    cover = cover_of(now).label("cover")
    theirs = select(cover, func.count(), *_late_and_alone(settings, now)).where(
        IS_ACTIVE, Customer.owner_id.in_(sorted(owner_ids))
    )
    return theirs.group_by(cover)


def _late_and_alone(
    settings: Settings, now: datetime
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How many are out of touch for too long, and whom nobody owns."""
    late = func.sum(case((out_of_touch(settings, now), 1), else_=0))
    return late, func.sum(case((is_unowned(settings), 1), else_=0))


def _first(
    connection: Connection, limit: int, now: datetime, held: Callable[[], Collection[str]]
) -> list[Uncovered]:
    """Not one more than there are, for the search ends with the last of them."""
    if not limit:
        return []
    uncovered = first_uncovered(connection, now=now, limit=limit)
    return named(connection, uncovered, now=now, held=held())
