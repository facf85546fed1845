"""What has a customer in hand: a touch ahead, a person's task, or a waiver; in SQL.

Whom we leave alone, and for whom nobody has a task, is in the waiver's hand: no touch of theirs is
counted on meanwhile, for most of them wait or are skipped.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from contacts.record.customers.silence import out_of_touch
from contacts.record.many import constant
from contacts.record.tables import Customer, Queued, Task, Touch

__all__ = [
    "IS_ACTIVE", "OVERDUE", "Cover", "cover_of", "cover_without_touch", "has_nothing_ahead",
    "is_ahead", "is_left_alone", "out_of_touch",
]  # fmt: skip

ON_THE_WAY = ("sending", "unknown")
"""A person's task covers the rest: what needs review is nobody's next touch by itself."""
OVERDUE = timedelta(days=30)
"""Past it a planned touch is no promise any more: something keeps it from leaving."""
IS_ACTIVE = Customer.active.is_not(False)
"""Of some customers who are found by something else; an index begins with `active`, and SQLite
would rather go along that through everybody where it is asked for one of its values."""
_HAS_TASK = exists().where(Task.customer_id == Customer.id, Task.state == constant("open"))


class Cover(StrEnum):
    """What has a customer in hand, the strongest first; a waiver comes before a touch."""

    TOUCH = "touch"  # a planned message, or one whose outcome is not settled
    TASK = "task"  # a person has something to do
    WAIVER = "waiver"  # until a day
    NONE = "none"


def cover_of(now: datetime) -> ColumnElement[str]:
    """What has a customer in hand; each part is one look at an index."""
    touch = (
        select(Touch.id)
        .outerjoin(Queued, Queued.touch_id == Touch.id)
        .where(Touch.customer_id == Customer.id, is_ahead(now - OVERDUE))
        .correlate(Customer)
        .exists()
    )
    return case(
        (is_left_alone(now), Cover.WAIVER.value),
        (touch, Cover.TOUCH.value),
        else_=cover_without_touch(now),
    )


def is_left_alone(now: datetime) -> ColumnElement[bool]:
    """Whether a waiver holds, and no person has a task of theirs."""
    return and_(Customer.waived_until >= now.date(), ~_HAS_TASK)


def cover_without_touch(now: datetime) -> ColumnElement[str]:
    """What has a customer in hand who has no touch ahead."""
    return case(
        (_HAS_TASK, Cover.TASK.value),
        (Customer.waived_until >= now.date(), Cover.WAIVER.value),
        else_=Cover.NONE.value,
    )


def has_nothing_ahead(*such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether no touch of the customer is on its way, nor any planned that is like that.

    It says what `is_ahead` says, in two parts: only so does PostgreSQL join for everybody at once.
    """
    states = [constant(state) for state in ON_THE_WAY]
    theirs = select(Touch.id).where(Touch.customer_id == Customer.id)
    planned = theirs.join(Queued, Queued.touch_id == Touch.id)
    return and_(
        ~theirs.where(Touch.state.in_(states)).exists(),
        ~planned.where(Touch.state == constant("planned"), *such).exists(),
    )


def is_ahead(due_since: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a touch, with its row of the queue beside it, covers its customer."""
    planned = and_(
        Touch.state == constant("planned"),
        Queued.touch_id.is_not(None),
        Touch.due_at >= due_since,
    )
    return or_(planned, *(Touch.state == constant(state) for state in ON_THE_WAY))
