"""Who was erased, which addresses are theirs for good, and what a provider must still confirm.

Callers own the transaction.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, Integer, String, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.reach import Scope
from contacts.record.base import Base, Key
from contacts.record.contact import ATTEMPT_ID
from contacts.record.inserting import insert_into
from contacts.record.many import one_of
from contacts.record.people import Suppression

ERASED = "erased"
BY_COMMAND = "touchline privacy erase"
_WAITING = text("state = 'waiting'")


class Erasure(Base):
    """A customer whose data were erased; of the row itself only the id and its times are left."""

    __tablename__ = "erasures"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    at: Mapped[datetime]


class ErasureRequest(Base):
    """What a provider was, or is to be, asked to erase; asked again until it has done so."""

    __tablename__ = "erasure_requests"
    __table_args__ = (
        Index("ix_erasure_requests_waiting", "next_at",
              sqlite_where=_WAITING, postgresql_where=_WAITING),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    provider: Mapped[str] = mapped_column(String(10))
    target: Mapped[str | None] = mapped_column(String(254))
    """The e-mail address at SendGrid, the message's id at Twilio; gone once that is confirmed."""
    attempt_id: Mapped[str | None] = mapped_column(ATTEMPT_ID, ForeignKey("attempts.id"))
    """The SMS whose id at Twilio was not known yet."""
    state: Mapped[str] = mapped_column(String(9))
    """waiting, confirmed, by_hand (a person says it is done) or nothing (never got there)."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    http_status: Mapped[int | None] = mapped_column(Integer)
    code: Mapped[str | None] = mapped_column(String(32))
    """The kind of failure of the wire, where there was no answer."""
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("sms_answers.id"))
    """The answer of ours to STOP, START or HELP whose id at Twilio was not known yet."""


def erased_among(connection: Connection, customer_ids: Collection[int]) -> set[int]:
    """Those of these customers who were erased."""
    if not customer_ids:
        return set()
    return set(connection.execute(_ERASED, {"customers": customer_ids}).scalars())


def erased_at(connection: Connection, customer_id: int) -> datetime | None:
    """When the customer was erased."""
    query = select(Erasure.at).where(Erasure.customer_id == customer_id)
    return connection.execute(query).scalar_one_or_none()


def note_erasure(connection: Connection, customer_id: int, *, at: datetime) -> None:
    connection.execute(insert(Erasure).values(customer_id=customer_id, at=at))


def is_anybody_erased(connection: Connection) -> bool:
    """One short look, so that imports and webhooks ask no more where nobody ever was."""
    return connection.execute(_ANY_ERASED).first() is not None


def erased_hashes(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of these address hashes that belong to somebody erased."""
    if not hashes:
        return set()
    return set(connection.execute(_ERASED_HASHES, {"hashes": hashes}).scalars())


def keep_off(connection: Connection, *, address_hash: str, channel: str, at: datetime) -> None:
    """Suppress the address of somebody erased, and know it again.

    One that was suppressed before keeps the reason and the day of that.
    """
    row = {"address_hash": address_hash, "channel": channel}
    anew = {"reason": ERASED, "source": BY_COMMAND, "at": at, "lifted_at": None}
    connection.execute(
        insert_into(connection.dialect.name, Suppression)
        .values(row | anew)
        .on_conflict_do_nothing(index_elements=["address_hash", "channel"])
    )
    theirs = update(Suppression).where(
        Suppression.address_hash == address_hash, Suppression.channel == channel
    )
    connection.execute(theirs.where(Suppression.lifted_at.is_not(None)).values(anew))
    connection.execute(theirs.values(erased_at=at, scope=Scope.ALL))


_ERASED = select(Erasure.customer_id).where(one_of(Erasure.customer_id, "customers"))
_ANY_ERASED = select(Erasure.customer_id).limit(1)
_ERASED_HASHES = select(Suppression.address_hash).where(
    one_of(Suppression.address_hash, "hashes"), Suppression.erased_at.is_not(None)
)
