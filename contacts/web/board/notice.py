"""What a page says once something was logged: what was really done, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy import Connection, Row, Select, select
from starlette.exceptions import HTTPException

from contacts.cadences.outcomes import with_outcome
from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.engine import reading
from contacts.record.tables import Customer, Enrolment, OwnerRow, Task, Touch
from contacts.record.timeline.ahead import queued
from contacts.record.timeline.entry import Entry
from contacts.record.timeline.entry import day_of as local_day
from contacts.record.work.before_note import instant
from contacts.record.work.taking_back import (
    KIND,
    WITHIN,
    begun_by,
    goes_on,
    logged,
    slip,
    why_not,
)
from contacts.settings import Settings
from contacts.web.board.access import Visitor, customer_seen
from contacts.web.numbers import number_in
from contacts.web.site import site_of
from contacts.web.wording import ago, day, first_upper, name_of, plain


@dataclass(frozen=True, slots=True)
class Notice:
    note: int
    customer_id: int
    customer: str
    done: str
    """What was logged, and what became of its task."""
    next: str
    may_undo: bool
    back: str
    """The page that shows it, to come back to it."""


def notice_of(request: Request, visitor: Visitor) -> Notice | None:
    """Of what the address says that was logged or taken back, for some minutes after it was."""
    note_id, now = number_in(request.query_params.get("note", "")), site_of(request).clock()
    if note_id is None:
        return None
    with reading(site_of(request).engine) as connection:
        said = logged(connection, note_id) or slip(connection, note_id)
        if said is None or now - _said_at(said) > WITHIN or not _is_seen(connection, said, visitor):
            return None
        who = connection.execute(select(Customer).where(Customer.id == said.customer_id)).one()
        task = _task_of(connection, said)
        return Notice(
            note=note_id,
            customer_id=who.id,
            customer=name_of(who),
            done=" ".join(_done(connection, said, task)),
            next=_next(connection, who, task, settings=site_of(request).settings, now=now),
            may_undo=(
                visitor.may_change and not _is_slip(said) and not why_not(connection, said, now=now)
            ),
            back=_back(request),
        )


def _is_seen(connection: Connection, said: Row[Any], visitor: Visitor) -> bool:
    try:
        customer_seen(connection, visitor, said.customer_id)
    except HTTPException:
        return False
    return True


def _back(request: Request) -> str:
    whose = request.query_params.get("whose", "")
    return f"{request.url.path}?whose={whose}" if whose else request.url.path


def _is_slip(said: Row[Any]) -> bool:
    return KIND in said.payload


def _said_at(said: Row[Any]) -> datetime:
    """When it was logged, or taken back."""
    return instant(said.payload.get(KIND)) or said.received_at


def _done(connection: Connection, said: Row[Any], task: Row[Any] | None) -> Iterator[str]:
    what = with_outcome(said.kind.capitalize(), said.payload.get("result"))
    if not _is_slip(said):
        yield f"{what}, written down."
        yield _became_of(task)
        return
    yield f"{what}, taken back."
    if task is not None and task.state == "open":
        yield f"The task “{task.title}” is open again, due {day(task.due_at, task.timezone)}."
    ended = [one for one in begun_by(connection, said) if one.reason == Reason.TAKEN_BACK]
    if ended:
        yield f"{_names(ended)} had begun only for that, and is stopped."
    if going := goes_on(connection, said):
        yield f"{_names(going)} took them in meanwhile, and goes on."
    else:
        yield "What it had changed is as it was before."


def _names(enrolments: Sequence[Row[Any]]) -> str:
    return ", ".join(first_upper(plain(one.cadence)) for one in enrolments)


def _task_of(connection: Connection, said: Row[Any]) -> Row[Any] | None:
    """The task that it settled, put off, or opened for another try."""
    known = said.payload["before"].get("task")
    if known is not None:
        return connection.execute(_TASK.where(Task.id == known["id"])).one()
    opened = _TASK.where(
        Task.customer_id == said.customer_id,
        Task.kind == said.kind,
        Task.opened_at == said.received_at,
        Task.state == "open",
        Task.touch_id.is_(None),
    )
    return connection.execute(opened).first()


def _became_of(task: Row[Any] | None) -> str:
    if task is None:
        return "No task was waiting for it."
    if task.state == "done":
        return f"The task “{task.title}” is done."
    return f"The task “{task.title}” stays open until {day(task.due_at, task.timezone)}."


def _next(
    connection: Connection,
    who: Row[Any],
    task: Row[Any] | None,
    *,
    settings: Settings,
    now: datetime,
) -> str:
    """When they are next contacted, and by what."""
    if not who.active:
        return "They are no customer any more, and nothing comes next."
    tasks = connection.execute(_TASK.where(Task.customer_id == who.id, Task.state == "open"))
    open_task = tasks.first()
    message = _message(connection, who, settings=settings, now=now)
    if _is_left_alone(who, now):
        return " ".join(_while_left_alone(who, open_task, message, now))
    if message is not None and (open_task is None or message.at < open_task.due_at):
        return f"Next: {_said_of(message, who.timezone, now)}."
    if open_task is not None:
        if task is not None and task.id == open_task.id:
            return ""
        whose = f" for {open_task.owner}" if open_task.owner else ""
        when = _when(open_task.due_at, who.timezone, now)
        return f"Next: “{open_task.title}”{whose}, due {when}."
    return _nothing_planned(connection, who, now)


@dataclass(frozen=True, slots=True)
class _Message:
    at: datetime
    channel: str
    step_key: str
    cadence: str


def _message(
    connection: Connection, who: Row[Any], *, settings: Settings, now: datetime
) -> _Message | None:
    """The first that is planned and, by what is known now, will not be skipped."""
    seen = queued(connection, who.id, settings=settings, now=now)
    soonest = min((one for one in seen if one.kind != "skipped"), key=_at, default=None)
    if soonest is None:
        return None
    step = select(Touch.channel, Touch.step_key, Touch.cadence)
    touch = connection.execute(step.where(Touch.id == soonest.touch_id)).one()
    return _Message(soonest.at, *touch)


def _at(entry: Entry) -> datetime:
    return entry.at


def _said_of(message: _Message, zone: str, now: datetime) -> str:
    what = f"{phrases.channel(message.channel)} “{plain(message.step_key)}”"
    name = first_upper(plain(message.cadence))
    return f"{what} of {name}, {_when(message.at, zone, now)}"


def _is_left_alone(who: Row[Any], now: datetime) -> bool:
    return who.waived_until is not None and who.waived_until >= now.date()


def _while_left_alone(
    who: Row[Any], task: Row[Any] | None, message: _Message | None, now: datetime
) -> Iterator[str]:
    """Until when, what waits, and what comes all the same."""
    yield (
        f"They are left alone until {day(who.waived_until)}: before that day no marketing leaves, "
        "and no cadence asks for a call, a visit or a letter."
    )
    if message is not None and local_day(message.at, who.timezone) < who.waived_until:
        yield f"What leaves all the same: {_said_of(message, who.timezone, now)}."
    else:
        yield "Messages about what they bought would leave; none is planned before that day."
    if task is not None:
        yield f"Still to do: “{task.title}”, due {_when(task.due_at, who.timezone, now)}."


def _nothing_planned(connection: Connection, who: Row[Any], now: datetime) -> str:
    going = select(Enrolment.cadence, Enrolment.plan_at).where(
        Enrolment.customer_id == who.id, Enrolment.state == "active", Enrolment.plan_at.is_not(None)
    )
    row = connection.execute(going.order_by(Enrolment.plan_at).limit(1)).first()
    if row is None:
        return "Nothing is planned yet: what comes next is looked for now, and again tonight."
    name = first_upper(plain(row.cadence))
    if row.plan_at <= now:
        return f"{name} goes on; its next step is planned within minutes."
    return f"{name} looks again on {day(row.plan_at, who.timezone)}."


def _when(at: datetime, zone: str, now: datetime) -> str:
    return f"{day(at, zone)} ({ago(at, now, zone)})"


_TASK: Select[*tuple[Any, ...]] = (
    select(Task, OwnerRow.name.label("owner"), Customer.timezone)
    .join(Customer, Customer.id == Task.customer_id)
    .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
    .order_by(Task.due_at, Task.id)
)
