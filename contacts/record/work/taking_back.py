"""Takes back what a person logged by a slip, within minutes and while nothing of it has left.

What was logged stays on record, marked, and that it was taken back is recorded beside it. What it
changed is as it was before: the task is open and due as it was, its cadence waits for it, what was
planned to follow is skipped, and a cadence that began for nothing else is stopped. Callers own the
transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    insert,
    select,
    update,
)

from contacts.cadences.outcomes import with_outcome
from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.customers.in_touch import IS_GOOD, forget_slip
from contacts.record.errors import NotedBefore, NoteRefused
from contacts.record.locks import hold_customers
from contacts.record.tables import Consent, Customer, Enrolment, Event, Queued, Task, Touch
from contacts.record.touches.going_on import end_enrolments
from contacts.record.touches.moves import move_touches, wait_again
from contacts.record.triggers.silence import IDLE
from contacts.record.work.before_note import ENROLMENT, TASK, instant
from contacts.record.work.waiving import waive

WITHIN = timedelta(minutes=10)
KIND = "taken_back"
_NOT_NEEDED = "Not needed: it was opened by what was logged by mistake."
_DATES = ("due_at", "escalated_at", "last_made_at")
_BY_WHAT_WAS_LOGGED = (("finished", None), ("stopped", Reason.GOAL))
"""How an enrolment ends that a task held up: at its last step, or by what came of the task."""


def logged(connection: Connection, event_id: int) -> Row[Any] | None:
    """What a person logged under this id, if it is of a kind that can be taken back."""
    return connection.execute(_LOGGED.where(Event.id == event_id, IS_GOOD)).one_or_none()


def slip(connection: Connection, event_id: int) -> Row[Any] | None:
    """What a person logged under this id, if it was taken back."""
    return connection.execute(_LOGGED.where(Event.id == event_id, ~IS_GOOD)).one_or_none()


def begun_by(connection: Connection, said: Row[Any]) -> Sequence[Row[Any]]:
    """What took the customer in as nobody's, since then, who but for that was in hand."""
    before, ends_waiver = said.payload["before"], said.payload.get("waives", "") is None
    if "task" not in before and not (ends_waiver and before["waiver"][0]):
        return ()
    return connection.execute(_begun(said).where(Enrolment.trigger.startswith(IDLE))).all()


def goes_on(connection: Connection, said: Row[Any]) -> Sequence[Row[Any]]:
    """What took the customer in since then, and has them still."""
    return connection.execute(_begun(said).where(Enrolment.state == "active")).all()


def about(connection: Connection, event_id: int) -> int | None:
    """The customer about whom it was logged, also where it was taken back already."""
    said = connection.execute(_LOGGED.where(Event.id == event_id)).one_or_none()
    return None if said is None else said.customer_id


def why_not(connection: Connection, said: Row[Any], *, now: datetime) -> str:
    """What keeps it from being taken back; empty where nothing does."""
    if now - said.received_at > WITHIN:
        return f"it was logged more than {WITHIN.seconds // 60} minutes ago"
    later = select(Event.id).where(
        Event.customer_id == said.customer_id,
        Event.provider == "person",
        Event.id > said.id,
        _HAS_BEFORE,
        IS_GOOD,
    )
    if connection.execute(later.limit(1)).first() is not None:
        return "something else was logged about them since; take that back first"
    left = select(Touch.id).where(
        Touch.customer_id == said.customer_id,
        Touch.created_at >= said.received_at,
        Touch.state.not_in(["planned", "skipped"]),
    )
    if connection.execute(left.limit(1)).first() is not None:
        return "what follows it has left or begun already"
    if not _task_is_as_left(connection, said):
        return "its task has changed since"
    return ""


def take_back(connection: Connection, event_id: int, *, now: datetime) -> None:
    """Mark it as a slip, and go back to how it stood before.

    Raises NoteRefused, with what forbids it, and NotedBefore where it was taken back already.
    """
    said = _held(connection, event_id)
    if problem := why_not(connection, said, now=now):
        raise NoteRefused(f"it cannot be taken back: {problem}")
    _mark(connection, said, now=now)
    before = said.payload["before"]
    if "waiver" in before and _is_still_waived(connection, said):
        until, words = before["waiver"]
        waive(connection, said.customer_id, until and date.fromisoformat(until), words, now=now)
    if "task" in before:
        _open_again(connection, before["task"], now=now)
    _close_what_it_opened(connection, said, now=now)
    _end_what_it_began(connection, said, now=now)
    if "enrolment" in before:
        _stand_again(connection, said, before["enrolment"])
    # Last, for an answer that is given no more is no contact either.
    contact = instant(before["last_contact_at"])
    forget_slip(connection, said.customer_id, at=said.occurred_at, before=contact)


def _held(connection: Connection, event_id: int) -> Row[Any]:
    """What was logged, with its customer held: no gate lets a touch of theirs pass meanwhile."""
    said = logged(connection, event_id)
    if said is not None:
        hold_customers(connection, [said.customer_id])
        said = logged(connection, event_id)  # as it is now that nobody else can change it
    if said is None:
        raise NotedBefore("it was taken back already, or cannot be")
    return said


def _task_is_as_left(connection: Connection, said: Row[Any]) -> bool:
    """Whether nobody has touched the task since: done at that time, or put off and still open."""
    before = said.payload["before"].get("task")
    if before is None:
        return True
    task = connection.execute(select(Task).where(Task.id == before["id"])).one()
    if task.state == "done":
        return bool(task.closed_at == said.occurred_at)
    return bool(task.changed_at == said.received_at)


def _is_still_waived(connection: Connection, said: Row[Any]) -> bool:
    """Whether the waiver is the one that was logged: the customer may have ended it since."""
    theirs = select(Customer.waived_until).where(Customer.id == said.customer_id)
    until = connection.execute(theirs).scalar_one()
    return bool((until and until.isoformat()) == said.payload["waives"])


def _mark(connection: Connection, said: Row[Any], *, now: datetime) -> None:
    # The very same form may be sent again, and then it is meant: its name is free for it.
    marked = {"payload": {**said.payload, KIND: now.isoformat()}, "event_id": f"slip:{said.id}"}
    connection.execute(update(Event).where(Event.id == said.id).values(marked))
    what = with_outcome(phrases.event(said.kind, "person"), said.payload.get("result"))
    correction = {
        "provider": "person",
        "event_id": f"back:{said.id}",  # unique, so that nothing is taken back twice
        "kind": KIND,
        "customer_id": said.customer_id,
        "touch_id": said.touch_id,
        "occurred_at": now,
        "received_at": now,
        "detail": f"{what}: logged by mistake",
    }
    connection.execute(insert(Event).values(correction))


def _open_again(connection: Connection, before: dict[str, Any], *, now: datetime) -> None:
    # They may have been handed over since: an open task is its customer's owner's.
    owner = select(Customer.owner_id).where(Customer.id == Task.customer_id).scalar_subquery()
    values = _values(before, TASK) | {"changed_at": now, "owner_id": owner}
    opened = (
        update(Task)
        .where(Task.id == before["id"])
        .values(state="open", outcome=None, closed_at=None, **values)
        .returning(Task.touch_id)
    )
    touch_id = connection.execute(opened).scalar_one()
    if touch_id is not None:
        wait_again(connection, touch_id)


def _close_what_it_opened(connection: Connection, said: Row[Any], *, now: datetime) -> None:
    """The check-in for who had nothing else ahead; without a task, also the one for another try.

    And the one to reach them, where it was asked for by a cadence that began only for that.

    Who has nothing ahead after that gets a check-in that does not speak of a contact by mistake.
    """
    kinds = ["check_in"] if "task" in said.payload["before"] else ["check_in", said.kind]
    if any(one.reason == Reason.UNREACHABLE for one in begun_by(connection, said)):
        kinds.append("reach")
    opened = (
        update(Task)
        .where(
            Task.customer_id == said.customer_id,
            Task.state == "open",
            Task.opened_at >= said.received_at,
            Task.touch_id.is_(None),
            Task.event_id.is_(None),
            Task.kind.in_(kinds),
        )
        .values(state="done", outcome=_NOT_NEEDED, closed_at=now)
    )
    connection.execute(opened)


def _end_what_it_began(connection: Connection, said: Row[Any], *, now: datetime) -> None:
    """Stop the cadence that took them in as nobody's; why_not saw to it that nothing has left."""
    ids = [one.id for one in begun_by(connection, said) if one.state == "active"]
    _skip_planned(connection, Touch.enrolment_id.in_(ids))
    end_enrolments(connection, ids, state="stopped", reason=Reason.TAKEN_BACK, now=now)


def _skip_planned(connection: Connection, which: ColumnElement[bool]) -> None:
    planned = select(Touch.id).where(Touch.state == "planned", which)
    ids = list(connection.execute(planned).scalars())
    connection.execute(delete(Queued).where(Queued.touch_id.in_(ids)))
    move_touches(connection, ids, "skipped", reason=Reason.TAKEN_BACK)


def _stand_again(connection: Connection, said: Row[Any], before: dict[str, Any]) -> None:
    """Let the enrolment wait for its task again; one that ended for another reason stays so."""
    wanted = select(Enrolment).where(Enrolment.id == before["id"]).with_for_update()
    row = connection.execute(wanted).one()
    if row.state != "active" and not _went_through(connection, row, since=said.received_at):
        return
    since = and_(Touch.enrolment_id == row.id, Touch.created_at >= said.received_at)
    _skip_planned(connection, since)
    values = _values(before, ENROLMENT)
    if connection.execute(select(Touch.id).where(since).limit(1)).first() is not None:
        # The round is part of the touches' keys: what was skipped just now may come after all.
        values["round"] = row.round + 1
    back = update(Enrolment).where(Enrolment.id == row.id)
    connection.execute(
        back.values(state="active", reason=None, ended_at=None, plan_at=None, **values)
    )


def _went_through(connection: Connection, row: Row[Any], *, since: datetime) -> bool:
    """Whether what was logged brought it to its end, and nothing has begun the cadence anew.

    A goal that it reached by something else ends it again at the next step.
    """
    if (row.state, row.reason) not in _BY_WHAT_WAS_LOGGED or row.ended_at < since:
        return False
    if _spoke(connection, row.customer_id, since=since):
        return False  # their word might have ended it too, had it still waited
    again = select(Enrolment.id).where(
        Enrolment.customer_id == row.customer_id,
        Enrolment.cadence == row.cadence,
        Enrolment.state == "active",
    )
    return connection.execute(again.limit(1)).first() is None


def _spoke(connection: Connection, customer_id: int, *, since: datetime) -> bool:
    """Whether the customer answered, or opted out, since then."""
    answered = select(Event.id).where(
        Event.customer_id == customer_id, Event.received_at >= since, Event.kind == "replied"
    )
    opted_out = select(Consent.id).where(
        Consent.customer_id == customer_id, Consent.recorded_at >= since, ~Consent.granted
    )
    said = (connection.execute(one.limit(1)).first() for one in (answered, opted_out))
    return any(row is not None for row in said)


def _values(before: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    values = {name: before[name] for name in names}
    for name in _DATES:
        if name in values:
            values[name] = instant(values[name])
    if "started_on" in values:
        values["started_on"] = date.fromisoformat(values["started_on"])
    return values


def _begun(said: Row[Any]) -> Select[*tuple[Any, ...]]:
    theirs = Enrolment.customer_id == said.customer_id, Enrolment.started_at >= said.received_at
    return select(Enrolment).where(*theirs).order_by(Enrolment.id)


_HAS_BEFORE = Event.payload["before"].as_string().is_not(None)
_LOGGED = select(Event).where(Event.provider == "person", _HAS_BEFORE)
