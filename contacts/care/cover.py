"""What has a customer in hand: a touch ahead, a person's task, or a waiver; in SQL."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from contacts.record.many import constant
from contacts.record.silence import out_of_touch
from contacts.record.tables import Customer, Queued, Task, Touch

__all__ = ["ON_THE_WAY", "OVERDUE", "Cover", "cover_of", "is_ahead", "out_of_touch"]

ON_THE_WAY = ("sending", "unknown")
"""A person's task covers the rest: what needs review is nobody's next touch by itself."""
OVERDUE = timedelta(days=30)
"""Past it a planned touch is no promise any more: something keeps it from leaving."""


class Cover(StrEnum):
    """What has a customer in hand, the strongest first."""

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
    task = exists().where(Task.customer_id == Customer.id, Task.state == constant("open"))
    return case(
        (touch, Cover.TOUCH.value),
        (task, Cover.TASK.value),
        (Customer.waived_until >= now.date(), Cover.WAIVER.value),
        else_=Cover.NONE.value,
    )


def is_ahead(due_since: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a touch, with its row of the queue beside it, covers its customer."""
    planned = and_(
        Touch.state == constant("planned"),
        Queued.touch_id.is_not(None),
        Touch.due_at >= due_since,
    )
    return or_(planned, *(Touch.state == constant(state) for state in ON_THE_WAY))
