"""What waits for a person: open tasks as the board lists them, and how many of what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Event, OwnerRow, Task, Touch
from contacts.wording import called

REPLIES = ("reply", "decide")
"""What customers said, and somebody is to answer or to judge."""
AHEAD = timedelta(days=7)
"""How far ahead a list of the day's work looks: what is due later is no work of today."""
LED = 2
"""`Task.escalated` of what the lead hears of."""
IS_NO_REVIEW = Task.kind != constant("review")
IS_LED = Task.escalated == LED


@dataclass(frozen=True, slots=True)
class Todo:
    """An open task, with as much of its customer as one needs to begin."""

    id: int
    kind: str
    title: str
    brief: str
    due_at: datetime
    opened_at: datetime
    result: str | None
    """What came of the last try, if it was tried."""
    touch_id: int | None
    cadence: str | None
    channel: str | None
    """By which a reply came."""
    owner_id: int | None
    owner: str | None
    """None: nobody's."""
    owner_email: str | None
    owner_named: bool
    """Whether the settings still have them; if not, the task is nobody's too."""
    escalated: bool
    """Whether the lead hears of it."""
    customer_id: int
    customer: str
    company: str
    email: str | None
    phone: str | None
    timezone: str


@dataclass(frozen=True, slots=True)
class Load:
    """How many open tasks there are, of which kind."""

    due: int = 0
    replies: int = 0
    reviews: int = 0


def todos(
    connection: Connection,
    *,
    owners: Collection[int | None] | None,
    of: Collection[int] | None,
    until: datetime,
    limit: int,
    such: ColumnElement[bool] = IS_NO_REVIEW,
) -> list[Todo]:
    """Open tasks that are due by `until`, the longest due first; no reviews, they have a list.

    `owners` are those whose tasks they are, with None for nobody, and `of` those of whose customers
    one may know; None stands for all.
    """
    wanted = select(Task.id).where(_OPEN, theirs(owners, of), such, Task.due_at <= until)
    if of is not None:
        wanted = wanted.join(Customer, Customer.id == Task.customer_id)
    # Their ids alone at first: what belongs to a task is looked up for those that are shown.
    ids = connection.execute(wanted.order_by(Task.due_at, Task.id).limit(limit)).scalars()
    shown = _TODOS.where(one_of(Task.id, "tasks")).order_by(Task.due_at, Task.id)
    return [_todo(row) for row in connection.execute(shown, {"tasks": list(ids)})]


def todos_about(connection: Connection, customer_id: int) -> list[Todo]:
    """Every open task about a customer, the longest due first."""
    theirs = _TODOS.where(Task.customer_id == customer_id)
    return [_todo(row) for row in connection.execute(theirs.order_by(Task.due_at, Task.id))]


def todo(connection: Connection, task_id: int, *, of: Collection[int] | None) -> Todo | None:
    """This task while it is open, where its customer is one of whom one may know."""
    row = connection.execute(_TODOS.where(theirs(None, of), Task.id == task_id)).one_or_none()
    return None if row is None else _todo(row)


def load(
    connection: Connection,
    *,
    owners: Collection[int | None] | None,
    of: Collection[int] | None,
    until: datetime,
    elsewhere: Mapping[datetime, Collection[int]] | None = None,
) -> Load:
    """How much of it there is; `elsewhere` has whose tasks count until another instant."""
    is_due: ColumnElement[bool] = Task.due_at <= until
    if elsewhere:
        theirs_end = ((Task.owner_id.in_(ids), Task.due_at <= at) for at, ids in elsewhere.items())
        is_due = case(*theirs_end, else_=is_due)
    counts = [
        _sum(and_(Task.kind.not_in(["review", *REPLIES]), is_due)),
        _sum(Task.kind.in_(REPLIES)),
        _sum(Task.kind == "review"),
    ]
    query = select(*counts).where(_OPEN, theirs(owners, of))
    if of is not None:
        query = query.join(Customer, Customer.id == Task.customer_id)
    return Load(*(count or 0 for count in connection.execute(query).one()))


def theirs(
    owners: Collection[int | None] | None, of: Collection[int] | None
) -> ColumnElement[bool]:
    """Whether a task is one of these owners', and its customer one of whom one may know."""
    by_owner = true() if owners is None else _is_of(owners)
    by_customer = true() if of is None else Customer.owner_id.in_(sorted(of))
    return and_(by_owner, by_customer)


def _is_of(owners: Collection[int | None]) -> ColumnElement[bool]:
    by_somebody = Task.owner_id.in_(sorted(one for one in owners if one is not None))
    return or_(by_somebody, Task.owner_id.is_(None)) if None in owners else by_somebody


def _sum(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((which, 1), else_=0))


def _todo(row: Any) -> Todo:
    return Todo(
        id=row.id,
        kind=row.kind,
        title=row.title,
        brief=row.brief.strip(),
        due_at=row.due_at,
        opened_at=row.opened_at,
        result=row.result,
        touch_id=row.touch_id,
        cadence=row.cadence,
        channel=row.heard_by,
        owner_id=row.owner_id,
        owner=row.owner,
        owner_email=row.owner_email,
        owner_named=bool(row.owner_named),
        escalated=row.escalated == LED,
        customer_id=row.customer_id,
        customer=called(row) or row.email or row.phone or f"customer {row.customer_id}",
        company=row.company,
        email=row.email,
        phone=row.phone,
        timezone=row.timezone,
    )


_OPEN = Task.state == constant("open")
_TODOS = (
    select(
        Task.id, Task.kind, Task.title, Task.brief, Task.due_at, Task.opened_at, Task.result,
        Task.touch_id, Task.owner_id, Task.customer_id, Task.escalated, Touch.cadence,
        Event.channel.label("heard_by"), OwnerRow.name.label("owner"),
        OwnerRow.email.label("owner_email"), OwnerRow.named.label("owner_named"),
        Customer.first_name, Customer.last_name, Customer.company, Customer.email, Customer.phone,
        Customer.timezone,
    )
    .join(Customer, Customer.id == Task.customer_id)
    .outerjoin(Touch, Touch.id == Task.touch_id)
    .outerjoin(Event, Event.id == Task.event_id)
    .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
    .where(_OPEN)
)  # fmt: skip
