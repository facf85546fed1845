"""Attempts in the record: written before the request, answered after it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from os import urandom

from sqlalchemy import ColumnElement, Connection, Executable, insert, select, update

from contacts.record.clock import DatabaseNow
from contacts.record.given import Given
from contacts.record.many import columns_of, constant, rows_of, unnesting
from contacts.record.tables import Attempt, Message


@dataclass(slots=True)
class NewAttempt:
    id: str
    touch_id: int
    customer_id: int
    channel: str
    local_date: date
    fence: int
    template: str
    body_hash: str
    segments: int
    started_at: datetime


@dataclass(slots=True)
class NewMessage:
    attempt_id: str
    address: str
    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An attempt that was not accepted, and what became of it."""

    id: str
    state: str  # rejected, unknown or not_sent
    http_status: int | None
    code: str | None
    answered_at: datetime


def new_attempt_id() -> str:
    """A UUID version 7 (RFC 9562, 5.7): ordered by time, so its index grows at one end."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(urandom(10), "big") & ~(0xF << 76 | 0b11 << 62)
    digits = f"{milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | random:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def begin_attempts(
    connection: Connection,
    attempts: Sequence[NewAttempt],
    messages: Sequence[NewMessage],
    *,
    lease_seconds: int,
) -> None:
    """Write attempts and their words as `sending`.

    Raises IntegrityError where a touch has a live attempt already, or a customer's day a message:
    the database refuses it, whatever the code believed.
    """
    if not attempts:
        return
    connection.execute(_beginning(lease_seconds), {"rows": _BEGUN.rows(attempts)})
    if connection.dialect.name == "postgresql":
        connection.execute(_UNNEST_MESSAGES, columns_of(messages))
    else:
        connection.execute(_NEW_MESSAGES, rows_of(messages))


def unsettled() -> ColumnElement[bool]:
    """An attempt whose answer is not known yet."""
    return Attempt.state.in_([constant("sending"), constant("unknown")])


def answer_attempts(connection: Connection, answers: Sequence[Answered]) -> set[str]:
    """Record answers other than "accepted"; return the attempts that waited for theirs.

    One that a webhook, a list or a person settled first keeps that word.
    """
    if not answers:
        return set()
    return set(connection.execute(_ANSWERED, {"rows": _ANSWERS.rows(answers)}).scalars())


def expire_attempts(connection: Connection) -> list[int]:
    """Attempts still `sending` past their lease are unknown; return their touches."""
    return list(connection.execute(_EXPIRE).scalars())


_BEGUN = Given(Attempt, *(field.name for field in fields(NewAttempt)))


@cache
def _beginning(lease_seconds: int) -> Executable:
    return insert(Attempt).from_select(
        [*_BEGUN.names, "state", "lease_until"],
        select(*_BEGUN.columns(), constant("sending"), DatabaseNow(lease_seconds)),
        include_defaults=False,
    )


_NEW_MESSAGES = insert(Message)
_UNNEST_MESSAGES = unnesting(Message, *(field.name for field in fields(NewMessage)))
_ANSWERS = Given(Attempt, *(field.name for field in fields(Answered)))
_ANSWERED = (
    update(Attempt)
    .where(Attempt.id == _ANSWERS["id"], unsettled())
    .values({name: _ANSWERS[name] for name in _ANSWERS.names if name != "id"})
    .returning(Attempt.id)
)
_EXPIRE = (
    update(Attempt)
    .where(unsettled(), Attempt.state == "sending", Attempt.lease_until < DatabaseNow())
    .values(state="unknown", code="lease_over")
    .returning(Attempt.touch_id)
)
