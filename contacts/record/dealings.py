"""Tables of the dealings we have with customers, orders and contracts, and of their imports."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key

Money = Numeric(14, 2)


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_customer", "customer_id", "ordered_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    order_id: Mapped[str] = mapped_column(String(64), unique=True)
    """The business's own number."""
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    ordered_at: Mapped[datetime]
    amount: Mapped[Decimal] = mapped_column(Money)
    """Negative for a return."""
    currency: Mapped[str] = mapped_column(String(3))
    items: Mapped[str] = mapped_column(Text, default="")


class Contract(Base):
    __tablename__ = "contracts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    contract_id: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(index=True)
    value: Mapped[Decimal] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(50), default="")


class ImportedFile(Base):
    """The last content of a file that `sync` took in, so that an unchanged one costs nothing."""

    __tablename__ = "imported_files"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
