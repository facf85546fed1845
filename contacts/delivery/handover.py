"""A human touch is made by a person: it becomes a task for the owner, with a brief."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Connection

from contacts.cadences.dialogue import Lately, of_brief
from contacts.cadences.faults import Fault
from contacts.cadences.model import Step
from contacts.cadences.working import Roster
from contacts.delivery.due import due_at
from contacts.delivery.prepare import Prepared
from contacts.messages.rendered import MessageError
from contacts.messages.templates import Templates
from contacts.record.book.absences import roster_of
from contacts.record.customers.lately import lately
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import move_touches
from contacts.record.work.tasks import NewTask, TaskKind, open_tasks
from contacts.settings import Settings

DUE_BY_DEFAULT = "1 business day"


def hand_over(
    connection: Connection,
    touches: Sequence[Prepared],
    *,
    templates: Templates,
    settings: Settings,
    now: datetime,
) -> set[Fault]:
    """Open a task for each; a cadence goes on at once unless its step waits for the outcome.

    Returns what was wrong with briefs that could not be written.
    """
    if not touches:
        return set()
    broken: set[Fault] = set()
    moved = {one.id for one in move_touches(connection, [t.touch.id for t in touches], "waiting")}
    opened = [one for one in touches if one.touch.id in moved]
    known = lately(connection, [one.facts.customer for one in opened], now=now)
    desk = _Desk(templates, settings, roster_of(connection, settings), known, broken)
    open_tasks(connection, (_task(one, desk, now) for one in opened), now=now)
    going_on = {one.touch.enrolment_id for one in opened if not one.request.step.wait}
    go_on(connection, going_on, now=now, made_at=now)
    return broken


class _Desk(NamedTuple):
    templates: Templates
    settings: Settings
    roster: Roster
    lately: Mapping[int, Lately]
    broken: set[Fault]


def _task(one: Prepared, desk: _Desk, now: datetime) -> NewTask:
    step = one.request.step
    title, brief = _brief(one, desk)
    days, business = _allowed(step)
    return NewTask(
        customer_id=one.customer_id,
        touch_id=one.touch.id,
        kind=cast("TaskKind", str(step.channel)),
        title=title,
        brief=brief,
        due_at=due_at(
            desk.roster, (one.facts, one.request.place), days, business=business, now=now
        ),
    )


def _brief(one: Prepared, desk: _Desk) -> tuple[str, str]:
    """The brief's title and text; a brief that cannot be written must not lose the task."""
    step = one.request.step
    context = one.request.context | of_brief(desk.lately[one.customer_id])
    try:
        brief = desk.templates.brief(step.template, desk.settings.default_locale, context)
    except MessageError as error:
        desk.broken.add(error.as_fault())
        who = f"{one.facts.customer.first_name} {one.facts.customer.last_name}".strip()
        return f"{step.channel.capitalize()} {who}", f"The brief could not be written: {error}"
    return brief.title, brief.text


def _allowed(step: Step) -> tuple[int, bool]:
    """How many days the person has, and whether only business days count."""
    words = (step.due or DUE_BY_DEFAULT).split()
    return int(words[0]), words[1] == "business"
