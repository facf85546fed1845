"""Everything that happened between us and one customer, and what is next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, Row, select

from contacts.cadences.calendar import at_wall_time
from contacts.record import phrases
from contacts.record.phrases import NoteKind
from contacts.record.tables import (
    Attempt,
    Consent,
    Contract,
    Customer,
    Enrolment,
    Event,
    Look,
    Message,
    Order,
    OwnerRow,
    Queued,
    Task,
    Touch,
)
from contacts.record.tasks import LONGEST_OUTCOME


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    kind: str
    """added, enrolled, finished, stopped, sent, refused, in doubt, absent, not sent, failed,
    skipped, task, done, consent, declined, withdrawn, order, contract, or an event's own kind;
    ahead of us: planned, skipped, wait, to do, decide, plan, waived."""
    title: str
    detail: str = ""
    cadence: str | None = None
    channel: str | None = None
    state: str | None = None
    reason: str | None = None
    touch_id: int | None = None  # as the `send` run in Prefect names it
    attempt_id: str | None = None
    task_id: int | None = None


_ATTEMPTS = {
    "accepted": ("sent", "sent"),
    "rejected": ("refused", "refused by the provider"),
    "unknown": ("in doubt", "sent; whether it arrived is not known yet"),
    "sending": ("in doubt", "being sent"),
    "not_sent": ("not sent", "not sent, to be tried again"),
    "absent": ("in doubt", "sent; no answer told whether it arrived"),
    "given_up": ("in doubt", "sent; no answer told whether it arrived"),
}
_SILENT_EVENTS = ("accepted",)
"""The provider has it: the attempt says so already."""
_BEGINNINGS = ("added", "consent", "declined", "enrolled")
_CONSEQUENCES = ("withdrawn", "stopped", "finished", "skipped", "task", "done")
"""What of one instant comes first, and what follows from the rest of it."""
_NOTES = tuple(NoteKind)


def timeline(connection: Connection, customer_id: int, *, now: datetime) -> list[Entry]:
    """What happened until `now`, oldest first; a cause before what came of it."""
    sources = (
        _added, _enrolments, _touches, _attempts, _looks, _events, _tasks, _consents, _dealings
    )  # fmt: skip
    entries = [entry for source in sources for entry in source(connection, customer_id)]
    happened = [entry for entry in entries if not _is_skipped_ahead(entry, now)]
    return sorted(_told_once(happened), key=_place)


def upcoming(connection: Connection, customer_id: int, *, now: datetime) -> list[Entry]:
    """What is next, soonest first: planned touches, open tasks, decisions to make, a waiver.

    And the steps of later days of which it is known already that they are skipped.
    """
    sources = (_queued, _unsettled, _open_tasks, _plans, _waiver)
    entries = [entry for source in sources for entry in source(connection, customer_id)]
    entries += (one for one in _touches(connection, customer_id) if _is_skipped_ahead(one, now))
    return sorted(entries, key=lambda entry: entry.at)


def _is_skipped_ahead(entry: Entry, now: datetime) -> bool:
    """The planner passes over a step when it plans the one behind it, which may be weeks before."""
    return entry.kind == "skipped" and entry.at > now


def _told_once(entries: list[Entry]) -> list[Entry]:
    """A task that a note closed has the note's words as its outcome; the note says them."""
    noted = {(one.at, one.detail[:LONGEST_OUTCOME]) for one in entries if one.kind in _NOTES}
    return [
        replace(one, detail="") if one.kind == "done" and (one.at, one.detail) in noted else one
        for one in entries
    ]


def _place(entry: Entry) -> tuple[datetime, int, int]:
    if entry.kind in _BEGINNINGS:
        return entry.at, 0, _BEGINNINGS.index(entry.kind)
    if entry.kind in _CONSEQUENCES:
        return entry.at, 2, _CONSEQUENCES.index(entry.kind)
    return entry.at, 1, 0


def _added(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Customer.created_at, Customer.joined_on).where(Customer.id == customer_id)
    for row in connection.execute(query):
        yield Entry(row.created_at, "added", "Added to the record", f"joined on {row.joined_on}")


def _enrolments(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Enrolment).where(Enrolment.customer_id == customer_id).order_by(Enrolment.id)
    for row in connection.execute(query):
        why = phrases.trigger(row.trigger)
        yield Entry(row.started_at, "enrolled", "Started", why, cadence=row.cadence)
        if row.ended_at is not None:
            yield Entry(
                row.ended_at,
                row.state,
                row.state.capitalize(),
                phrases.reason(row.reason),
                cadence=row.cadence,
                reason=row.reason,
            )


def _touches(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Touches that never became a request: skipped by a rule, or impossible to write."""
    query = (
        select(Touch, Enrolment.ended_at)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .outerjoin(Attempt, Attempt.touch_id == Touch.id)
        .where(
            Touch.customer_id == customer_id,
            Touch.state.in_(["skipped", "failed"]),
            Attempt.id.is_(None),
        )
        .order_by(Touch.due_at, Touch.id)
    )
    for row in connection.execute(query):
        yield Entry(
            min(row.due_at, row.ended_at or row.due_at),
            row.state,
            f"{_step(row)} {row.state}",
            phrases.reason(row.reason),
            cadence=row.cadence,
            channel=row.channel,
            state=row.state,
            reason=row.reason,
            touch_id=row.id,
        )


def _attempts(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Attempt, Touch.cadence, Touch.step_key, Touch.reason, Message.subject,
               Touch.state.label("touch_state"), Message.text)
        .join(Touch, Touch.id == Attempt.touch_id)
        .outerjoin(Message, Message.attempt_id == Attempt.id)
        .where(Attempt.customer_id == customer_id)
        .order_by(Attempt.started_at)
    )  # fmt: skip
    for row in connection.execute(query):
        kind, words = _ATTEMPTS.get(row.state, (row.state, row.state.replace("_", " ")))
        refused = row.state in ("rejected", "not_sent")
        yield Entry(
            row.answered_at or row.started_at,
            kind,
            f"{_step(row)} {words}",
            (row.code or "") if refused else (row.subject or row.text or ""),
            cadence=row.cadence,
            channel=row.channel,
            state=row.touch_state,
            reason=row.reason if refused else None,
            touch_id=row.touch_id,
            attempt_id=row.id,
        )


def _looks(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Proofs that a message did not arrive."""
    query = (
        select(Look.at, Attempt.state.label("became"), Attempt.id.label("attempt_id"), Touch)
        .join(Attempt, Attempt.id == Look.attempt_id)
        .join(Touch, Touch.id == Attempt.touch_id)
        .where(Attempt.customer_id == customer_id, Look.found == "absent")
    )
    for row in connection.execute(query):
        yield Entry(
            row.at, "absent", f"{_step(row)} is not on the provider's list",
            "it is sent again" if row.became == "absent" else "",
            cadence=row.cadence, channel=row.channel, state=row.state,
            touch_id=row.id, attempt_id=row.attempt_id,
        )  # fmt: skip


def _events(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Event, Touch.cadence)
        .outerjoin(Touch, Touch.id == Event.touch_id)
        .where(Event.customer_id == customer_id, Event.kind.not_in(_SILENT_EVENTS))
        .order_by(Event.occurred_at, Event.id)
    )
    for row in connection.execute(query):
        yield Entry(
            row.occurred_at,
            row.kind,
            phrases.event(row.kind, "person" if row.provider == "person" else row.channel),
            "" if row.detail == row.kind else row.detail,
            cadence=row.cadence,
            channel=row.channel or None,
            touch_id=row.touch_id,
            attempt_id=row.attempt_id,
        )


def _tasks(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in _task_rows(connection, customer_id):
        yield Entry(
            row.opened_at, "task", f"For {row.owner or 'nobody yet'}: {row.title}",
            cadence=row.cadence, channel=row.kind, state=row.state,
            touch_id=row.touch_id, task_id=row.id,
        )  # fmt: skip
        if row.closed_at is not None:
            yield Entry(
                row.closed_at, "done", f"Done: {row.title}", row.outcome or "",
                cadence=row.cadence, channel=row.kind, state=row.state,
                touch_id=row.touch_id, task_id=row.id,
            )  # fmt: skip


def _task_rows(connection: Connection, customer_id: int) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(Task, Touch.cadence, OwnerRow.name.label("owner"))
            .outerjoin(Touch, Touch.id == Task.touch_id)
            .outerjoin(OwnerRow, OwnerRow.id == Task.owner_id)
            .where(Task.customer_id == customer_id)
            .order_by(Task.opened_at, Task.id)
        )
    )


def _consents(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """What was agreed to, and not; only what was given before can be withdrawn."""
    query = select(Consent).where(Consent.customer_id == customer_id)
    given: set[str] = set()
    for row in connection.execute(query.order_by(Consent.at, Consent.id)):
        kind, words = "consent", "Agreed to"
        if not row.granted:
            kind, words = "declined", "No consent to"
            if row.channel in given:
                kind, words = "withdrawn", "No longer agrees to"
        given |= {row.channel} if row.granted else set()
        proof = f"{row.source} ({row.evidence})" if row.evidence else row.source
        title = f"{words} {phrases.channel(row.channel)}"
        yield Entry(row.at, kind, title, proof, channel=row.channel)


def _dealings(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for order in connection.execute(select(Order).where(Order.customer_id == customer_id)):
        title = f"Order {order.order_id}: {order.amount} {order.currency}"
        yield Entry(order.ordered_at, "order", title, order.items)
    contracts = (
        select(Contract, Customer.timezone)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(Contract.customer_id == customer_id)
    )
    for row in connection.execute(contracts):
        title = f"Contract {row.contract_id}: {row.value} {row.currency}"
        at = _midnight(row.starts_on, row.timezone)
        yield Entry(at, "contract", title, f"{row.kind} until {row.ends_on}".strip())


def _queued(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Queued.ready_at, Touch)
        .join(Touch, Touch.id == Queued.touch_id)
        .where(Touch.customer_id == customer_id)
    )
    for row in connection.execute(query):
        yield Entry(
            row.ready_at, "planned", _step(row), phrases.reason(row.reason),
            cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
            touch_id=row.id,
        )  # fmt: skip


def _unsettled(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Touches in doubt; one that is a person's task by now is told as that task alone."""
    query = (
        select(Touch)
        .outerjoin(Task, Task.touch_id == Touch.id)
        .where(
            Touch.customer_id == customer_id,
            Touch.state.in_(["sending", "unknown", "needs_review"]),
            Task.id.is_(None),
        )
    )
    for row in connection.execute(query):
        decide = row.state == "needs_review"
        words = "say whether it arrived" if decide else "waits for the provider's word"
        yield Entry(
            row.due_at, "decide" if decide else "wait", f"{_step(row)}: {words}",
            cadence=row.cadence, channel=row.channel, state=row.state, reason=row.reason,
            touch_id=row.id,
        )  # fmt: skip


def _open_tasks(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for row in _task_rows(connection, customer_id):
        if row.state == "open":
            yield Entry(
                row.due_at, "to do", f"{row.owner or 'Nobody yet'}: {row.title}", row.brief.strip(),
                cadence=row.cadence, channel=row.kind, state=row.state,
                touch_id=row.touch_id, task_id=row.id,
            )  # fmt: skip


def _plans(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Enrolment).where(
        Enrolment.customer_id == customer_id,
        Enrolment.state == "active",
        Enrolment.plan_at.is_not(None),
    )
    for row in connection.execute(query):
        if row.plan_at is not None:
            yield Entry(row.plan_at, "plan", "Touchline plans the next step", cadence=row.cadence)


def _waiver(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Customer.waived_until, Customer.waiver, Customer.timezone).where(
        Customer.id == customer_id, Customer.waived_until.is_not(None)
    )
    for row in connection.execute(query):
        at = _midnight(row.waived_until, row.timezone)
        title = f"Nobody need keep in touch until {row.waived_until}"
        yield Entry(at, "waived", title, row.waiver or "")


def _midnight(day: date, zone: str) -> datetime:
    try:
        return at_wall_time(datetime.combine(day, time()), zone).instant
    except ValueError:  # a zone that this machine does not know
        return datetime.combine(day, time(), UTC)


def _step(row: Any) -> str:
    words = phrases.channel(row.channel)
    return f"{words[:1].upper()}{words[1:]} '{row.step_key}'"
