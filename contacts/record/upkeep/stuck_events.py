"""Events that are on record, and that a fault of ours kept from being applied."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key


class StuckEvent(Base):
    """One event as it was understood; it leaves when it is applied."""

    __tablename__ = "stuck_events"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider: Mapped[str] = mapped_column(String(10))
    event_id: Mapped[str] = mapped_column(String(128))
    received_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(200))
    """Kind and place of the fault, never its words: they may quote a person."""
    tries: Mapped[int] = mapped_column(Integer, default=1)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
