"""Attempts in doubt: which to look up, what the look-ups said, which need a person by now.

Callers own the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import aliased

from contacts.cadences.reasons import Reason
from contacts.record.clock import DatabaseNow
from contacts.record.doubt.looks import Look
from contacts.record.inserting import insert_into
from contacts.record.many import constant, one_of
from contacts.record.tables import (
    ALIVE,
    Attempt,
    Channel,
    Enrolment,
    ErasureRequest,
    Instant,
    Message,
    Queued,
    Touch,
)
from contacts.record.touches.attempts import unsettled
from contacts.record.touches.moves import move_touches

ABSENT = "absent"
LONGEST = timedelta(days=3)
"""What is in doubt for longer is looked up no more; SendGrid's list goes back as far."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt that nobody has heard of."""

    attempt_id: str
    touch_id: int
    touch_state: str  # unknown, or needs_review
    address: str
    text: str
    began_at: datetime
    version_id: int
    step_key: str
    settled: bool
    """Whether the list would have it by now.

    Its time to appear is over, on the database's clock and on ours, and it left by the account and
    the sender whose list it is.
    """


class Waiting(NamedTuple):
    """Whether a pass has anything to settle."""

    in_doubt: bool
    """Whether any attempt is without an answer, on its way or not."""
    erasures: bool
    """Whether a provider is to be asked to erase somebody."""


def doubts(
    connection: Connection, channel: str, *, settle: timedelta, now: datetime, limit: int
) -> list[Doubt]:
    """Attempts to look up, those first that were not looked up for longest.

    The settle time begins with the end of the lease, after which no request starts. What was handed
    to another account, or left by another sender, never settles.
    """
    here_since = select(Channel.way_since).where(Channel.name == channel).scalar_subquery()
    settled = and_(
        Attempt.lease_until <= DatabaseNow(-int(settle.total_seconds())),
        Attempt.started_at <= now - settle,
        Attempt.started_at >= func.coalesce(here_since, Attempt.started_at),
    )
    rows = connection.execute(
        select(
            Attempt.id, Attempt.touch_id, Touch.state, Message.address, Message.text,
            Attempt.started_at, Enrolment.version_id, Touch.step_key, settled,
        )
        .join(Touch, Touch.id == Attempt.touch_id)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .join(Message, Message.attempt_id == Attempt.id)
        .outerjoin(Look, Look.attempt_id == Attempt.id)
        .where(
            unsettled(),
            Attempt.state == "unknown",
            Attempt.channel == channel,
            Attempt.started_at > now - LONGEST,
            Touch.state.in_(["unknown", "needs_review"]),
            func.coalesce(Look.found, "") != ABSENT,
        )
        .order_by(Look.at.asc().nulls_first(), Attempt.started_at, Attempt.id)
        .limit(limit)
    )  # fmt: skip
    return [Doubt(*row[:-1], settled=bool(row[-1])) for row in rows]


def is_anything_in_doubt(connection: Connection) -> bool:
    """Whether any attempt is without an answer, on its way or not."""
    return connection.execute(_ANY).first() is not None


def what_waits(connection: Connection, *, now: datetime) -> "Waiting":
    """What a pass must see to, in one look."""
    return Waiting._make(connection.execute(_WAITS, {"now": now}).one())


def known_messages(connection: Connection, provider_ids: Collection[str]) -> set[str]:
    """Those of these messages that are attempts' of ours already."""
    known = select(Attempt.provider_id).where(one_of(Attempt.provider_id, "ids"))
    return {str(row.provider_id) for row in connection.execute(known, {"ids": provider_ids})}


def note_looks(connection: Connection, found: Mapping[str, str], *, now: datetime) -> None:
    """Keep what the list said of each of these attempts."""
    if not found:
        return
    insert = insert_into(connection.dialect.name, Look)
    kept = insert.on_conflict_do_update(
        index_elements=["attempt_id"],
        set_={"at": insert.excluded.at, "found": insert.excluded.found},
    )
    rows = [{"attempt_id": key, "at": now, "found": said} for key, said in found.items()]
    connection.execute(kept, rows)


def close_attempts(
    connection: Connection, attempt_ids: Collection[str], state: Literal["absent", "given_up"]
) -> list[int]:
    """End these attempts if they are still in doubt; return the touches of those that were."""
    closed = (
        update(Attempt)
        .where(one_of(Attempt.id, "attempts"), unsettled(), Attempt.state == "unknown")
        .values(state=constant(state))
        .returning(Attempt.touch_id)
    )
    return list(connection.execute(closed, {"attempts": attempt_ids}).scalars())


def take_back(connection: Connection, attempt_ids: Collection[str]) -> set[str]:
    """Attempts taken for lost that were heard of after all are in doubt again, if nothing of their
    touches has gone since; those come off the queue. Returns the attempts."""
    other = aliased(Attempt)
    same_day = (
        (other.customer_id == Attempt.customer_id)
        & (other.channel == Attempt.channel)
        & (other.local_date == Attempt.local_date)
        & other.state.in_([constant(state) for state in ALIVE])
    )
    rows = connection.execute(
        select(Attempt.id, Attempt.touch_id)
        .join(Touch, Touch.id == Attempt.touch_id)
        .where(
            one_of(Attempt.id, "attempts"),
            Attempt.state.in_([ABSENT, "given_up"]),
            Touch.state == "planned",
            ~select(other.id).where(same_day).exists(),
        ),
        {"attempts": attempt_ids},
    )
    lost: dict[int, str] = {row.touch_id: row.id for row in rows}
    # Whoever claimed such a touch finds its row gone at the gate.
    unqueue = delete(Queued).where(one_of(Queued.touch_id, "touches")).returning(Queued.touch_id)
    unsent = set(connection.execute(unqueue, {"touches": list(lost)}).scalars()) if lost else set()
    back = {lost[touch] for touch in unsent}
    if back:
        again = update(Attempt).where(one_of(Attempt.id, "attempts")).values(state="unknown")
        connection.execute(again, {"attempts": back})
        move_touches(connection, unsent, "unknown", reason=Reason.IN_DOUBT)
    return back


def overdue(connection: Connection, *, before: datetime) -> Sequence[Any]:
    """Touches in doubt whose attempt began before an instant, with the latest look for each."""
    return connection.execute(
        select(
            Touch.id,
            Touch.customer_id,
            Touch.step_key,
            Attempt.id.label("attempt_id"),
            Attempt.channel,
            Attempt.started_at,
            Enrolment.version_id,
            Look.found,
        )
        .join(Attempt, Attempt.touch_id == Touch.id)
        .join(Enrolment, Enrolment.id == Touch.enrolment_id)
        .outerjoin(Look, Look.attempt_id == Attempt.id)
        .where(
            unsettled(),
            Attempt.state == "unknown",
            Attempt.started_at < before,
            Touch.state == "unknown",
        )
        .order_by(Touch.id)
    ).all()


_ANY = select(Attempt.id).where(unsettled()).limit(1)
_WAITS = select(
    _ANY.exists(),
    select(ErasureRequest.id)
    .where(
        ErasureRequest.state == constant("waiting"),
        ErasureRequest.next_at <= bindparam("now", type_=Instant()),
    )
    .exists(),
)
