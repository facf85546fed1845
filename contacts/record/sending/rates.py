"""How fast a sender may send: one row for each, shared by every worker, on the database's clock.

It is the generic cell rate algorithm: a bucket that fills at the sender's rate, kept as the instant
at which it is full again. A batch asks once for all its messages; what does not fit is told when it
will, and that time is booked, so that the next batch is not told the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, String, Update, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base
from contacts.record.clock import DatabaseNow
from contacts.record.inserting import insert_into

LARGEST = 24
"""Segments of the longest SMS (1,600 characters in UCS-2): a bucket must hold one message whole."""
_SLACK = timedelta(milliseconds=50)
"""A booked message comes this much late, so that no rounding of clocks makes it come too early."""
_Statement = TypeVar("_Statement", Select[Any], Update)


class SendingRate(Base):
    """A sender's bucket."""

    __tablename__ = "sending_rates"

    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    sender: Mapped[str] = mapped_column(String(254), primary_key=True)
    full_at: Mapped[datetime]
    """When the bucket is full again, if nothing more leaves; on the database's clock."""
    booked_until: Mapped[datetime]
    """When the last message that did not fit was told to come back."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a sender may do: so many units a second, and a bucket of them at once.

    A unit is what the provider counts: a request for e-mail, a segment for SMS.
    """

    channel: str
    sender: str
    per_second: float

    @property
    def burst(self) -> float:
        """A second's worth, and at least the largest message."""
        return max(self.per_second, LARGEST if self.channel == "sms" else 1)

    def takes(self, units: float) -> timedelta:
        """How long the bucket needs for so many; rounded up, so that never more is granted."""
        return timedelta(microseconds=ceil(units / self.per_second * 1_000_000))


@dataclass(frozen=True, slots=True)
class Bucket:
    full_at: datetime
    booked_until: datetime


def take(
    connection: Connection, rate: Rate, sizes: Sequence[int], *, at: datetime | None = None
) -> list[timedelta | None]:
    """Take these messages out of the sender's bucket, in order; for each None, or how long to wait.

    Callers own the transaction: with it everything taken comes back. `at` replaces the database's
    clock.
    """
    found, present = _held(connection, rate)
    bucket, waits = taken(found, rate, sizes, at=at or present)
    connection.execute(
        _of(rate, update(SendingRate)).values(
            full_at=bucket.full_at, booked_until=bucket.booked_until
        )
    )
    return waits


def taken(
    bucket: Bucket, rate: Rate, sizes: Sequence[int], *, at: datetime
) -> tuple[Bucket, list[timedelta | None]]:
    """The bucket after that, and what `take` answers. Pure."""
    whole = rate.takes(rate.burst)
    full_at = max(bucket.full_at, at)
    booked = bucket.booked_until
    waits: list[timedelta | None] = []
    for size in sizes:
        needed = rate.takes(min(size, rate.burst))
        if full_at + needed <= at + whole and (not waits or waits[-1] is None):
            full_at += needed
            waits.append(None)
        else:
            booked = max(booked, full_at - whole) + needed
            waits.append(booked - at + _SLACK)
    return Bucket(full_at, booked), waits


def _held(connection: Connection, rate: Rate) -> tuple[Bucket, datetime]:
    """The sender's bucket, held until this transaction ends, and the database's present instant."""
    columns = (SendingRate.full_at, SendingRate.booked_until)
    asked = _of(rate, select(*columns, DatabaseNow().label("present"))).with_for_update()
    row = connection.execute(asked).first()
    if row is None:
        present = connection.execute(select(DatabaseNow())).scalar_one()
        first = {"channel": rate.channel, "sender": rate.sender}
        full = {"full_at": present, "booked_until": present}
        insert = insert_into(connection.dialect.name, SendingRate).values(first | full)
        connection.execute(insert.on_conflict_do_nothing())
        row = connection.execute(asked).one()
    return Bucket(row.full_at, row.booked_until), row.present


def _of(rate: Rate, statement: _Statement) -> _Statement:
    return statement.where(SendingRate.channel == rate.channel, SendingRate.sender == rate.sender)
