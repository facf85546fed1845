"""What providers are to erase of a customer: noted with the erasure, kept until it is done.

Callers own the transaction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from contacts.privacy.addresses import Address
from contacts.record.many import constant
from contacts.record.tables import Attempt, ErasureRequest, Event, SmsAnswer

WAITING = ErasureRequest.state == constant("waiting")
_NEVER_LEFT = ("not_sent", "rejected")
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)
_SID = "_" * 34
"""The length of a message's id at Twilio; an event of its status has more behind it."""


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    customer_id: int
    provider: str
    target: str
    tries: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of asking once."""

    request: Request
    done: bool
    http_status: int | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """Requests to a provider that it has not confirmed."""

    provider: str
    count: int
    since: datetime
    tries: int
    http_status: int | None
    code: str | None


def add_requests(
    connection: Connection, customer_id: int, addresses: Iterable[Address], *, now: datetime
) -> Counter[str]:
    """Note what each provider may have of the customer; return how many requests that makes."""
    rows = [
        *_mail(connection, customer_id, addresses),
        *_texts(connection, customer_id),
        *_answers(connection, customer_id),
        *_our_answers(connection, customer_id),
    ]
    common = {"customer_id": customer_id, "state": "waiting", "created_at": now, "next_at": now,
              "answer_id": None}  # fmt: skip
    if rows:
        connection.execute(insert(ErasureRequest), [common | row for row in rows])
    return Counter(str(row["provider"]) for row in rows)


def waiting(connection: Connection, *, now: datetime, limit: int) -> list[Any]:
    """Requests whose time has come."""
    query = select(ErasureRequest).where(WAITING, ErasureRequest.next_at <= now)
    ordered = query.order_by(ErasureRequest.next_at, ErasureRequest.id)
    return list(connection.execute(ordered.limit(limit)))


def name_messages(connection: Connection, rows: Iterable[Any], *, now: datetime) -> None:
    """Give requests for an SMS in doubt its id, now that it is known, or call them needless.

    Of an answer of ours nobody may ever learn it: its request waits for that, or for a person.
    """
    for row in rows:
        if row.target is not None:
            continue
        if row.answer_id is not None:
            _set(connection, row.id, _of_answer(connection, row, now))
            continue
        asked = select(Attempt.provider_id).where(Attempt.id == row.attempt_id)
        sid = connection.execute(asked).scalar_one_or_none()
        _set(connection, row.id, {"target": sid} if sid else {"state": "nothing"})


def note_answers(connection: Connection, answers: Iterable[Answered], *, now: datetime) -> None:
    """Keep what providers said; a confirmed request forgets whom it was about."""
    for one in answers:
        wait = min(_FIRST_WAIT * 2 ** min(one.request.tries, 9), _LONGEST_WAIT)
        said: dict[str, Any] = {
            "asked_at": now,
            "tries": one.request.tries + 1,
            "http_status": one.http_status,
            "code": one.code,
            "next_at": now + wait,
        }
        if one.done:
            said |= {"state": "confirmed", "target": None}
        _set(connection, one.request.id, said)


def settle_by_hand(connection: Connection, customer_id: int) -> int:
    """A person has seen to it at the providers; return of how many requests."""
    settled = connection.execute(
        update(ErasureRequest)
        .where(WAITING, ErasureRequest.customer_id == customer_id)
        .values(state="by_hand", target=None)
    )
    return int(settled.rowcount)


def unconfirmed(
    connection: Connection, *, customer_id: int | None = None
) -> Sequence[Stuck]:  # fmt: skip
    """What still waits, by provider; of one customer where one is named."""
    columns = (
        ErasureRequest.provider,
        func.count(),
        func.min(ErasureRequest.created_at),
        func.max(ErasureRequest.tries),
        func.max(ErasureRequest.http_status),
        func.max(ErasureRequest.code),
    )
    query = select(*columns).where(WAITING).group_by(ErasureRequest.provider)
    if customer_id is not None:
        query = query.where(ErasureRequest.customer_id == customer_id)
    rows = connection.execute(query.order_by(ErasureRequest.provider))
    return [Stuck(*row) for row in rows]


def _mail(
    connection: Connection, customer_id: int, addresses: Iterable[Address]
) -> list[dict[str, Any]]:
    """SendGrid erases by address; it has none of somebody who was never sent a mail."""
    mailed = connection.execute(
        select(Attempt.id)
        .where(Attempt.customer_id == customer_id, Attempt.channel == "email")
        .where(Attempt.state.not_in(_NEVER_LEFT))
        .limit(1)
    )
    if mailed.first() is None:
        return []
    return [
        {"provider": "sendgrid", "target": one.value, "attempt_id": None}
        for one in addresses
        if one.channel == "email"
    ]


def _texts(connection: Connection, customer_id: int) -> list[dict[str, Any]]:
    """Twilio erases by message; one in doubt has no id yet."""
    rows = connection.execute(
        select(Attempt.id, Attempt.provider_id)
        .where(Attempt.customer_id == customer_id, Attempt.channel == "sms")
        .where(Attempt.state.not_in(_NEVER_LEFT))
        .order_by(Attempt.id)
    )
    return [{"provider": "twilio", "target": row.provider_id, "attempt_id": row.id} for row in rows]


def _answers(connection: Connection, customer_id: int) -> list[dict[str, Any]]:
    """What the customer wrote to us is a message at Twilio as well."""
    rows = connection.execute(
        select(Event.event_id)
        .where(Event.customer_id == customer_id, Event.provider == "twilio")
        .where(Event.event_id.like(_SID))
        .order_by(Event.id)
    )
    return [{"provider": "twilio", "target": row.event_id, "attempt_id": None} for row in rows]


def _our_answers(connection: Connection, customer_id: int) -> list[dict[str, Any]]:
    """What we answered to STOP, START and HELP went to their number; one may have no id yet."""
    rows = connection.execute(
        select(SmsAnswer.id, SmsAnswer.provider_id)
        .where(SmsAnswer.customer_id == customer_id, SmsAnswer.attempt_id.is_not(None))
        .where(SmsAnswer.state != "refused")
        .order_by(SmsAnswer.id)
    )
    return [
        {
            "provider": "twilio",
            "target": row.provider_id,
            "attempt_id": None,
            "answer_id": row.id,
        }
        for row in rows
    ]


def _of_answer(connection: Connection, row: Any, now: datetime) -> dict[str, Any]:
    """What is known by now of an answer of ours; where that is nothing, look ever more rarely."""
    asked = select(SmsAnswer.provider_id, SmsAnswer.state).where(SmsAnswer.id == row.answer_id)
    answer = connection.execute(asked).one()
    if answer.provider_id:
        return {"target": answer.provider_id}
    if answer.state == "refused":
        return {"state": "nothing"}
    return {"next_at": now + min(max(now - row.created_at, _FIRST_WAIT), _LONGEST_WAIT)}


def _set(connection: Connection, request_id: int, values: dict[str, Any]) -> None:
    connection.execute(update(ErasureRequest).where(ErasureRequest.id == request_id).values(values))
