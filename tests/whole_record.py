"""Ada with something of hers in every table, and Bob beside her, for tests of privacy."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from contacts.record.engine import reading
from contacts.record.tables import (
    Attempt,
    Base,
    Benefit,
    Consent,
    Contract,
    Event,
    Handed,
    Look,
    Message,
    Order,
    OrderChange,
    OrderRhythm,
    Signal,
    SmsAnswer,
    Task,
)
from contacts.record.touches.links import keep_links
from tests.cast import NOW, ada, bob, olive
from tests.sent import Sent, enrolled, planned, sent

DAY = timedelta(days=1)
SID = "SM" + "1" * 32
NOTE = "A friend of ada@example.com (+12025550111), not of nada@example.com"
REPLY = "Ada Archer here: call me at +12025550111"


@dataclass(frozen=True, slots=True)
class Cast:
    ada: int
    bob: int
    mail: Sent
    sms: Sent
    planned: int
    waiting: int


def everything(connection: Connection) -> Cast:
    """Two messages, a reply, tasks, an order, a contract; one touch planned, one waiting."""
    owner = olive(connection)
    her = ada(connection, owner_id=owner, attributes={"seats": "12"}, waiver="Ada is away")
    his = bob(connection, owner_id=owner, attributes={"knows": "ADA@example.com"})
    mail = sent(connection, her, at=NOW - 2 * DAY)
    sms = sent(connection, her, channel="sms", address="+12025550111", step="text", at=NOW - DAY)
    enrolment = enrolled(connection, her)
    wait = planned(connection, her, enrolment)
    waiting = _waiting(connection, her)
    connection.execute(insert(Look).values(attempt_id=sms.attempt_id, at=NOW, found="ours"))
    keep_links(connection, {mail.attempt_id: ["https://tea.example/?for=ada@example.com"]})
    reply = _event(connection, her, "twilio", SID, kind="replied", channel="sms", detail=REPLY,
                   payload={"From": "+12025550111", "Body": REPLY})  # fmt: skip
    _event(connection, None, "sendgrid", "e-3", attempt_id=mail.attempt_id, detail="for Ada")
    _event(connection, her, "sendgrid", "<1@ada.example.com>", detail="ok",
           payload={"email": "ada@example.com"})  # fmt: skip
    _event(connection, None, "sendgrid", "e-2", payload={"email": "ada@example.com"},
           detail="to ada@example.com, of Ada Archer")  # fmt: skip
    _event(connection, his, "person", "n-1", kind="note",
           detail=NOTE)  # fmt: skip
    _insert(connection, Consent, customer_id=his, channel="sms", granted=True, at=NOW,
            recorded_at=NOW, source="form", evidence="sent on by ada@example.com")  # fmt: skip
    _insert(connection, SmsAnswer, event_id=reply, customer_id=her, about="help", state="refused",
            owed_at=NOW, text="Bean & Co: for help write to us.")  # fmt: skip
    _task(connection, her, "reply", event_id=reply, brief=REPLY)
    _task(connection, her, "call", touch_id=waiting, brief="Say hello to Ada.")
    _insert(connection, Order, order_id="O-1", customer_id=her, ordered_at=NOW - DAY, amount=12,
            currency="USD", items="tea for Ada")  # fmt: skip
    _insert(connection, Contract, contract_id="C-ARCHER", customer_id=her, starts_on=NOW.date(),
            ends_on=NOW.date(), value=1, currency="USD")  # fmt: skip
    _insert(connection, Handed, customer_id=her, at=NOW)
    _insert(connection, Benefit, benefit_id="B-1", customer_id=her, given_on=NOW.date(),
            text="a second visit to Ada Archer")  # fmt: skip
    _insert(connection, OrderRhythm, customer_id=her, currency="USD", elsewhere=0, gaps=0,
            gap_sum=0, gap_squares=0, recent_gaps="0", amounts=1, amount_sum=2.5,
            amount_squares=6.2, recent_amounts="12", ordered=12, returned=0)  # fmt: skip
    _insert(connection, OrderChange, customer_id=her)
    _insert(connection, Signal, customer_id=her, kind="order.late", key="2026-08-01", raised_at=NOW,
            reason="Ada Archer usually orders every 31 days.", figures={}, weight=0.7)  # fmt: skip
    return Cast(her, his, mail, sms, wait, waiting)


def whole(engine: Engine, *tables: str) -> str:
    """Every cell of the record as text; of these tables only, where some are named."""
    with reading(engine) as connection:
        return "\n".join(
            f"{table.name}: {dict(row)}"
            for table in Base.metadata.sorted_tables
            if not tables or table.name in tables
            for row in connection.execute(select(table)).mappings()
        )


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with reading(engine) as connection:
        return {
            table.name: len(connection.execute(select(table)).all())
            for table in Base.metadata.sorted_tables
        }


def _waiting(connection: Connection, customer_id: int) -> int:
    """A touch that a person is to make; it has no message."""
    one = sent(connection, customer_id, step="call", state="waiting", at=NOW - 3 * DAY)
    connection.execute(delete(Message).where(Message.attempt_id == one.attempt_id))
    connection.execute(delete(Attempt).where(Attempt.id == one.attempt_id))
    return one.touch_id


def _event(
    connection: Connection, customer_id: int | None, provider: str, event_id: str, **more: Any
) -> int:
    row = {"kind": "delivered", "channel": "email", "occurred_at": NOW, "received_at": NOW}
    return _insert(
        connection, Event, customer_id=customer_id, provider=provider, event_id=event_id,
        **(row | more),
    )  # fmt: skip


def _task(connection: Connection, customer_id: int, kind: str, **more: Any) -> int:
    return _insert(
        connection, Task, customer_id=customer_id, kind=kind, title="Answer Ada Archer",
        due_at=NOW, state="open", opened_at=NOW, **more,
    )  # fmt: skip


def _insert(connection: Connection, table: Any, **values: Any) -> int:
    return int(connection.execute(insert(table).values(values)).inserted_primary_key[0])
