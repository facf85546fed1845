"""What we answer to STOP, START and HELP by SMS: one short text each, at most once, soon or never.

An answer is owed in the transaction that hears the word, taken in one of its own, and only then
sent; one that was taken is never taken again, whatever became of it. Callers own the transaction.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, ForeignKey, Index, Integer, String, Text, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key
from contacts.record.contact import ATTEMPT_ID, Event
from contacts.record.inserting import insert_into
from contacts.record.many import constant
from contacts.record.people import Customer

SOON = timedelta(minutes=5)
"""Later than this after the word came, a confirmation of STOP is one more unwanted message."""
HELP_AGAIN = timedelta(hours=1)
"""So that two machines that ask each other for help do not go on for ever."""


class About(StrEnum):
    """The word that is answered."""

    STOP = "stop"
    START = "start"
    HELP = "help"


class SmsAnswer(Base):
    """One answer that is owed, or was sent; it names nobody and goes to who sent the word."""

    __tablename__ = "sms_answers"
    __table_args__ = (
        Index("ix_sms_answers_owed", "owed_at",
              sqlite_where=text("state = 'owed'"), postgresql_where=text("state = 'owed'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    about: Mapped[str] = mapped_column(String(5))
    """stop, start or help."""
    state: Mapped[str] = mapped_column(String(8))
    """owed, dropped, sending (for good, if the process ended then), accepted, refused, unknown."""
    owed_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text, default="")
    attempt_id: Mapped[str | None] = mapped_column(ATTEMPT_ID, unique=True)
    started_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(100))
    http_status: Mapped[int | None] = mapped_column(Integer)
    code: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a request, as the provider said it."""

    state: str
    answered_at: datetime
    provider_id: str | None
    http_status: int | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Owed:
    id: int
    customer_id: int
    about: str
    owed_at: datetime
    phone: str
    locale: str


def owe(
    connection: Connection, event_id: int, customer_id: int, about: About, *, now: datetime
) -> None:
    """Owe the customer an answer to this event, once; one for help not again within the hour.

    Of STOP and START the later one counts: what is still owed for the other is owed no more.
    """
    if about is About.HELP and _was_helped(connection, customer_id, now):
        return
    if about is not About.HELP:
        connection.execute(
            update(SmsAnswer)
            .where(SmsAnswer.customer_id == customer_id, SmsAnswer.state == "owed")
            .values(state="dropped")
        )
    row = {
        "event_id": event_id,
        "customer_id": customer_id,
        "about": about.value,
        "state": "owed",
        "owed_at": now,
        "text": "",
    }
    connection.execute(
        insert_into(connection.dialect.name, SmsAnswer)
        .values(row)
        .on_conflict_do_nothing(index_elements=["event_id"])
    )


def owed(connection: Connection, *, now: datetime) -> list[Owed]:
    """What may still be answered, the oldest first, to the very number that wrote.

    Where the customer's number is another one by now, or none, the word stays without an answer.
    """
    rows = connection.execute(
        select(
            SmsAnswer.id,
            SmsAnswer.customer_id,
            SmsAnswer.about,
            SmsAnswer.owed_at,
            Customer.phone,
            Customer.locale,
            Event.payload,
        )
        .join(Customer, Customer.id == SmsAnswer.customer_id)
        .join(Event, Event.id == SmsAnswer.event_id)
        .where(
            SmsAnswer.state == constant("owed"),
            SmsAnswer.owed_at > now - SOON,
            SmsAnswer.owed_at <= now,
            Customer.phone.is_not(None),
        )
        .order_by(SmsAnswer.owed_at, SmsAnswer.id)
    )
    return [
        Owed(*row[:-1]) for row in rows if row.phone == (row.payload or {}).get("From", "").strip()
    ]


def take_answer(
    connection: Connection, answer_id: int, *, attempt_id: str, words: str, now: datetime
) -> bool:
    """Take an owed answer for sending; False where somebody has."""
    taken = connection.execute(
        update(SmsAnswer)
        .where(SmsAnswer.id == answer_id, SmsAnswer.state == "owed")
        .values(state="sending", attempt_id=attempt_id, text=words, started_at=now)
        .returning(SmsAnswer.id)
    )
    return taken.first() is not None


def end_answer(connection: Connection, answer_id: int, ended: Ended) -> None:
    """Write down what became of an answer that was taken."""
    connection.execute(
        update(SmsAnswer)
        .where(SmsAnswer.id == answer_id, SmsAnswer.state == "sending")
        .values(asdict(ended))
    )


def _was_helped(connection: Connection, customer_id: int, now: datetime) -> bool:
    found = connection.execute(
        select(SmsAnswer.id).where(
            SmsAnswer.customer_id == customer_id,
            SmsAnswer.about == About.HELP,
            SmsAnswer.owed_at > now - HELP_AGAIN,
        )
    )
    return found.first() is not None
