"""Customers whom a person gave another owner than their file says, until the file says so too."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key
from contacts.record.many import one_of


class Handed(Base):
    """One row a customer: which owner the file named when they were handed over."""

    __tablename__ = "handed"

    customer_id: Mapped[int] = mapped_column(Key, ForeignKey("customers.id"), primary_key=True)
    file_owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    """What the file says since before; a file that says anything else has been changed."""
    at: Mapped[datetime]


def handed_over(connection: Connection, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Of those of these customers who were handed over, the owner whom their file still named."""
    return dict(connection.execute(_HANDED, {"customers": customer_ids}).all())


def file_follows(connection: Connection, customer_ids: Collection[int]) -> None:
    """The file has a word of its own on these customers' owners again."""
    if customer_ids:
        connection.execute(_FOLLOWED, {"customers": customer_ids})


_HANDED = select(Handed.customer_id, Handed.file_owner_id).where(
    one_of(Handed.customer_id, "customers")
)
_FOLLOWED = delete(Handed).where(one_of(Handed.customer_id, "customers"))
