"""Tasks: human touches and replies that wait for an owner, opened and closed.

Callers own the transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from contacts.cadences.outcomes import Outcome
from contacts.record.many import constant, one_of
from contacts.record.tables import Customer, Task, Touch
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import touched

LONGEST_OUTCOME = 500
_LOGGED_BESIDES = ("reach", "check_in")
"""A waiver closes them too, and is no contact; a call that does is logged as one."""
TaskKind = Literal[
    "call", "visit", "letter", "reply", "decide", "reach", "review", "check_in", "orders"
]
"""What a person is asked for; docs/tasks.md says where each comes from and what closes it."""


@dataclass(frozen=True, slots=True)
class NewTask:
    customer_id: int
    kind: TaskKind
    title: str
    due_at: datetime
    brief: str = ""
    touch_id: int | None = None
    event_id: int | None = None


def open_tasks(connection: Connection, tasks: Iterable[NewTask], *, now: datetime) -> None:
    """Open these tasks for the customers' owners."""
    wanted = list(tasks)
    if not wanted:
        return
    customers = {task.customer_id for task in wanted}
    owners = dict(connection.execute(_OWNERS, {"customers": customers}).all())
    connection.execute(
        insert(Task),
        [
            {
                "customer_id": task.customer_id,
                "owner_id": owners.get(task.customer_id),
                "touch_id": task.touch_id,
                "event_id": task.event_id,
                "kind": task.kind,
                "title": task.title[:200],
                "brief": task.brief,
                "due_at": task.due_at,
                "state": "open",
                "opened_at": now,
            }
            for task in wanted
        ],
    )


def open_tasks_of_kind(
    connection: Connection, kind: TaskKind, customer_ids: Collection[int]
) -> dict[int, int]:
    """The open tasks of that kind that these customers have, by customer; of several the last."""
    asked = {"kind": kind, "customers": customer_ids}
    return dict(connection.execute(_OPEN_OF_KIND, asked).all())


def add_to_briefs(connection: Connection, words: Mapping[int, str], *, now: datetime) -> None:
    """Add a paragraph to what these tasks say, by their ids."""
    if words:
        added = [{"task": task, "words": f"\n{said}"} for task, said in words.items()]
        connection.execute(_ADD_TO_BRIEF, [{**one, "at": now} for one in added])


def close_task(
    connection: Connection,
    task_id: int,
    outcome: str,
    *,
    result: Outcome | None = None,
    now: datetime,
) -> bool:
    """Close an open task; a human touch is then made, and a cadence that waits for it goes on.

    It is so also where nobody answered: it was tried, and `result` keeps it from counting as
    contact. False where the task is not open (any more).
    """
    task = connection.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == "open")
        .values(state="done", outcome=outcome[:LONGEST_OUTCOME], result=result, closed_at=now)
        .returning(Task.kind, Task.touch_id, Task.customer_id)
    ).one_or_none()
    if task is None:
        return False
    if task.kind == "review":
        return True  # what somebody found out about a message is no contact by itself
    if task.kind not in _LOGGED_BESIDES and (result is None or result.is_contact):
        touched(connection, [task.customer_id], at=now)
    if task.touch_id is not None:
        moved = move_touches(connection, [task.touch_id], "done", made_at=now)
        waiting = [
            touch.enrolment_id
            for touch in moved
            if waits_for(connection, touch.enrolment_id, touch.id)
        ]
        go_on(connection, waiting, now=now, made_at=now)
    return True


def try_again(
    connection: Connection, task_id: int, result: Outcome, *, due_at: datetime, now: datetime
) -> None:
    """Leave an open task open until another day; its touch waits on, and stays the same one."""
    connection.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == "open")
        .values(result=result, due_at=due_at, changed_at=now, escalated=0, escalated_at=None)
    )


def waits_for(connection: Connection, enrolment_id: int, touch_id: int) -> bool:
    """Whether the enrolment stands at this very step of its (its file says `wait: true`).

    It has one touch under way at a time, so it does where none was planned after this one.
    """
    later = select(Touch.id).where(
        Touch.enrolment_id == enrolment_id, Touch.id > touch_id, Touch.state != "skipped"
    )
    return connection.execute(later.limit(1)).first() is None


_OWNERS = select(Customer.id, Customer.owner_id).where(one_of(Customer.id, "customers"))
_ADD_TO_BRIEF = (
    update(Task)
    .where(Task.id == bindparam("task"))
    .values(
        brief=Task.brief + bindparam("words", type_=Task.brief.type),
        changed_at=bindparam("at", type_=Task.changed_at.type),
    )
)
_OPEN_OF_KIND = (
    select(Task.customer_id, Task.id)
    .where(
        one_of(Task.customer_id, "customers"),
        Task.state == constant("open"),
        Task.kind == bindparam("kind"),
    )
    .order_by(Task.id)
)
