"""Customers whom a person gave another owner than their file says, until the file says so too."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key
from contacts.record.many import one_of
from contacts.record.people import OwnerRow


class Handed(Base):
    """One row a customer: which owner the file named when they were handed over."""

    __tablename__ = "handed"

    customer_id: Mapped[int] = mapped_column(Key, ForeignKey("customers.id"), primary_key=True)
    file_owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    """What the file says since before; a file that says anything else has been changed."""
    at: Mapped[datetime]


def handed_over(connection: Connection, customer_ids: Collection[int]) -> dict[int, str]:
    """Of those of these customers who were handed over, whom their file named then, by address.

    Empty where it named nobody.
    """
    rows = connection.execute(_HANDED, {"customers": customer_ids})
    return {row.customer_id: row.email or "" for row in rows}


def file_follows(connection: Connection, customer_ids: Collection[int]) -> None:
    """The file has a word of its own on these customers' owners again."""
    if customer_ids:
        connection.execute(_FOLLOWED, {"customers": customer_ids})


_HANDED = (
    select(Handed.customer_id, OwnerRow.email)
    .outerjoin(OwnerRow, OwnerRow.id == Handed.file_owner_id)
    .where(one_of(Handed.customer_id, "customers"))
)
_FOLLOWED = delete(Handed).where(one_of(Handed.customer_id, "customers"))
