"""Who has nothing ahead, the longest out of touch first, without a look at everybody else.

The index of the last contact is walked in pages, and what covers the customers of a page is looked
up by their ids: a cost for each customer that is walked past, whatever the number of the others.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    bindparam,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import NullType

from contacts.care.cover import OVERDUE, is_ahead
from contacts.record.many import constant
from contacts.record.tables import Customer, Instant, Queued, Task, Touch

SHORTEST, _LONGEST = 200, 8000
"""Customers of a page: the first is as long as what is asked for, each next one twice as long."""
_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def first_uncovered(connection: Connection, *, now: datetime, limit: int) -> list[int]:
    """Up to `limit` active customers with nothing ahead, first those who were never in touch.

    Of equal ones those come first who were added first.
    """
    found: list[int] = []
    size = max(limit, SHORTEST)
    asked = {"today": now.date(), "due_since": now - OVERDUE}
    for part in (_NEVER, _SINCE):
        after = {"at": _BEFORE_ALL, "last": 0}
        while after:
            page = {**asked, **after, "most": size}
            found += connection.execute(part.uncovered, page).scalars().all()
            if len(found) >= limit:
                return found[:limit]
            end = connection.execute(part.end, {**page, "but_one": size - 1}).one_or_none()
            after = {}
            if end is not None:
                after = {"at": end.last_contact_at, "last": end.id}
                size = min(2 * size, _LONGEST)
    return found


class _Part:
    """A stretch of the index: who of its next page is not covered, and where that page ends."""

    def __init__(self, *after: ColumnElement[bool]) -> None:
        walk = (
            select(Customer.id, Customer.last_contact_at)
            .where(
                Customer.active.is_(True),
                or_(Customer.waived_until.is_(None), Customer.waived_until < bindparam("today")),
                *after,
            )
            .order_by(Customer.last_contact_at, Customer.id)
        )
        page = walk.limit(bindparam("most")).cte("page").prefix_with("MATERIALIZED")
        covered = _covered(page)
        self.uncovered = (
            select(page.c.id)
            .where(~select(covered).where(covered.c.customer_id == page.c.id).exists())
            .order_by(page.c.last_contact_at, page.c.id)
        )
        self.end = walk.limit(1).offset(bindparam("but_one"))


def _covered(page: CTE) -> CTE:
    ids = select(page.c.id).scalar_subquery()
    touched = (
        select(Touch.customer_id)
        .outerjoin(Queued, Queued.touch_id == Touch.id)
        .where(_Among(Touch.customer_id, ids), is_ahead(bindparam("due_since", type_=Instant())))
    )
    asked = select(Task.customer_id).where(
        _Among(Task.customer_id, ids), Task.state == constant("open")
    )
    return union_all(touched, asked).cte("covered").prefix_with("MATERIALIZED")


class _Among(FunctionElement[Any]):
    """A column, and a query for values of it that are few beside the table's."""

    inherit_cache = True
    type = NullType()  # as in contacts.record.many


@compiles(_Among)
def _on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN {values}"


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    # The values of an array are looked up in the index; for those of a query the planner may well
    # read the whole table.
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY (ARRAY{values})"


# In two parts, for databases differ on which end of an index has those without a last contact.
_NEVER = _Part(Customer.last_contact_at.is_(None), Customer.id > bindparam("last"))
_SINCE = _Part(
    tuple_(Customer.last_contact_at, Customer.id)
    > tuple_(bindparam("at", type_=Instant()), bindparam("last"))
)
