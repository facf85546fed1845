"""Who has nothing ahead, the longest out of touch first, without a look at everybody else.

The index of the last contact is walked in pages, and what covers the customers of a page is looked
up by their ids: a cost for each customer that is walked past, whatever the number of the others.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    or_,
    select,
    tuple_,
    union_all,
)

from contacts.care.cover import IS_ACTIVE, OVERDUE, Cover, cover_of, is_ahead
from contacts.record.many import among, constant
from contacts.record.tables import Customer, Instant, Queued, Task, Touch

SHORTEST, LONGEST = 200, 8000
"""Customers of a page, unless more are asked for at once."""


class _Place(NamedTuple):
    """Where somebody stands in the index."""

    last_contact_at: datetime
    id: int


_BEFORE_ALL = _Place(datetime.min.replace(tzinfo=UTC), 0)
_AFTER_ALL = _Place(datetime.max.replace(tzinfo=UTC), 2**63 - 1)


def first_uncovered(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Up to `limit` active customers with nothing ahead, first those who were never in touch.

    Of equal ones those come first who were added first. Contacts made meanwhile hide nobody and
    list nobody twice: a page lies between two places, and a contact moves its customer on.
    """
    found: dict[int, None] = {}  # whom a contact moves on is met again
    asked = {"today": now.date(), "due_since": now - OVERDUE}
    for part in (_NEVER, _SINCE):
        end: Any = _BEFORE_ALL
        sizes = page_sizes(limit)
        while end != _AFTER_ALL:
            page = {**asked, "after": end.last_contact_at, "after_id": end.id}
            last = connection.execute(part.end, {**page, "but_one": next(sizes) - 1}).one_or_none()
            end = last or _AFTER_ALL
            page |= {"until": end.last_contact_at, "until_id": end.id}
            found |= dict.fromkeys(connection.execute(part.uncovered, page).scalars())
            if len(found) >= limit:
                return list(found)[:limit]
    return list(found)


def uncovered_of(
    connection: Connection, owner_ids: Collection[int], *, now: datetime, limit: int
) -> list[int]:
    """The same of these owners' customers; it looks each of them up."""
    theirs = select(Customer.id).where(
        IS_ACTIVE,
        Customer.owner_id.in_(sorted(owner_ids)),
        cover_of(now) == Cover.NONE.value,
    )
    longest = (Customer.last_contact_at.asc().nulls_first(), Customer.id)
    return list(connection.execute(theirs.order_by(*longest).limit(limit)).scalars())


def page_sizes(limit: int) -> Iterator[int]:
    """As many as are asked for, then twice as many each time, up to the longest; never fewer."""
    size = max(limit, SHORTEST)
    while True:
        yield size
        size = max(size, min(2 * size, LONGEST))


class _Part:
    """A stretch of the index: where its next page ends, and who of that page is not covered."""

    def __init__(self, after: ColumnElement[bool], until: ColumnElement[bool]) -> None:
        walk = (
            select(Customer.id, Customer.last_contact_at)
            .where(
                Customer.active.is_(True),
                or_(Customer.waived_until.is_(None), Customer.waived_until < bindparam("today")),
                after,
            )
            .order_by(Customer.last_contact_at, Customer.id)
        )
        self.end = walk.limit(1).offset(bindparam("but_one"))
        page = walk.where(until).cte("page").prefix_with("MATERIALIZED")
        covered = _covered(page)
        self.uncovered = (
            select(page.c.id)
            .where(~select(covered).where(covered.c.customer_id == page.c.id).exists())
            .order_by(page.c.last_contact_at, page.c.id)
        )


def _covered(page: CTE) -> CTE:
    ids = select(page.c.id).scalar_subquery()
    touched = (
        select(Touch.customer_id)
        .outerjoin(Queued, Queued.touch_id == Touch.id)
        .where(among(Touch.customer_id, ids), is_ahead(bindparam("due_since", type_=Instant())))
    )
    asked = select(Task.customer_id).where(
        among(Task.customer_id, ids), Task.state == constant("open")
    )
    return union_all(touched, asked).cte("covered").prefix_with("MATERIALIZED")


# In two parts, for databases differ on which end of an index has those without a last contact.
_NEVER = _Part(
    and_(Customer.last_contact_at.is_(None), Customer.id > bindparam("after_id")),
    Customer.id <= bindparam("until_id"),
)
_AFTER = tuple_(bindparam("after", type_=Instant()), bindparam("after_id"))
_UNTIL = tuple_(bindparam("until", type_=Instant()), bindparam("until_id"))
_HERE = tuple_(Customer.last_contact_at, Customer.id)
_SINCE = _Part(_AFTER < _HERE, _HERE <= _UNTIL)
