"""What an owner's morning mail tells, and the row that keeps it from being sent twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from contacts.record.tables import Customer, Digest, Event, Task

MOST = 100  # of either kind; a longer mail is not read
SOON = timedelta(days=7)
DigestState = Literal["accepted", "rejected", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class OpenTask:
    title: str
    customer: str
    due_at: datetime
    owned: bool  # by the owner; else by nobody


@dataclass(frozen=True, slots=True)
class Reply:
    customer: str
    text: str
    at: datetime


def open_tasks_of(
    connection: Connection, owner_id: int, *, others: Collection[int], now: datetime
) -> list[OpenTask]:
    """The open tasks of the owner and of nobody, as far as `others` are named; urgent ones first.

    One whose owner is named no more is nobody's too. Whom no message reaches is told only when they
    would soon go stale: such a task may lie weeks ahead, and is no work of today.
    """
    soon = or_(Task.kind != "reach", Task.due_at <= now + SOON)
    rows = connection.execute(
        select(
            Task.title,
            Task.due_at,
            Task.owner_id,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
        )
        .join(Customer, Customer.id == Task.customer_id)
        .where(
            or_(Task.owner_id.is_(None), Task.owner_id.not_in(others)), Task.state == "open", soon
        )
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    return [
        OpenTask(row.title, _name(row), row.due_at, owned=row.owner_id == owner_id) for row in rows
    ]


def replies_to(connection: Connection, owner_id: int, *, since: datetime) -> list[Reply]:
    """What the owner's customers answered after `since`, the newest first."""
    rows = connection.execute(
        select(
            Event.detail,
            Event.occurred_at,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
        )
        .join(Customer, Customer.id == Event.customer_id)
        .where(
            Customer.owner_id == owner_id,
            Event.kind == "replied",
            Event.occurred_at > since,
        )
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(MOST)
    )
    return [Reply(_name(row), row.detail, row.occurred_at) for row in rows]


def last_digest_at(connection: Connection, owner_id: int) -> datetime | None:
    """When the owner's last accepted digest was begun."""
    return connection.execute(
        select(Digest.started_at)
        .where(Digest.owner_id == owner_id, Digest.state == "accepted")
        .order_by(Digest.day.desc())
        .limit(1)
    ).scalar_one_or_none()


def begin_digest(connection: Connection, owner_id: int, day: date, *, now: datetime) -> int | None:
    """Take this owner's mail of this day for sending; None if somebody has, or it may be out.

    One that the provider refused for now is known not to have gone, and is taken again; one that it
    refused for good it would only refuse again.
    """
    values = {"state": "sending", "started_at": now}
    try:
        with connection.begin_nested():
            return connection.execute(
                insert(Digest).values(owner_id=owner_id, day=day, **values).returning(Digest.id)
            ).scalar_one()
    except IntegrityError:
        return connection.execute(
            update(Digest)
            .where(Digest.owner_id == owner_id, Digest.day == day, Digest.state == "rejected")
            .values(**values)
            .returning(Digest.id)
        ).scalar_one_or_none()


def end_digest(connection: Connection, digest_id: int, state: DigestState) -> None:
    connection.execute(
        update(Digest).where(Digest.id == digest_id, Digest.state == "sending").values(state=state)
    )


def _name(row: object) -> str:
    person = f"{row.first_name} {row.last_name}".strip()  # type: ignore[attr-defined]  # a row of both queries
    return ", ".join(part for part in (person, row.company) if part)  # type: ignore[attr-defined]  # as above
