"""What an owner's morning mail tells, and the row that keeps it from being sent twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from contacts.record.tables import Customer, Digest, Event

MOST = 100  # a longer mail is not read
DigestState = Literal["accepted", "rejected", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Reply:
    customer: str
    text: str
    at: datetime
    owner_id: int


def replies_to(
    connection: Connection, owner_ids: Collection[int], *, since: datetime
) -> list[Reply]:
    """What these owners' customers answered after `since`, the newest first."""
    rows = connection.execute(
        select(
            Event.detail,
            Event.occurred_at,
            Customer.first_name,
            Customer.last_name,
            Customer.company,
            Customer.owner_id,
        )
        .join(Customer, Customer.id == Event.customer_id)
        .where(
            Customer.owner_id.in_(owner_ids),
            Event.kind == "replied",
            Event.occurred_at > since,
        )
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(MOST)
    )
    return [Reply(_name(row), row.detail, row.occurred_at, row.owner_id) for row in rows]


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
