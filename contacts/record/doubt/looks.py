"""What a provider's own list said of an attempt in doubt."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base
from contacts.record.contact import ATTEMPT_ID


class Look(Base):
    """The latest look for an attempt; one that proved its absence is the last."""

    __tablename__ = "looks"

    attempt_id: Mapped[str] = mapped_column(ATTEMPT_ID, ForeignKey("attempts.id"), primary_key=True)
    at: Mapped[datetime]
    found: Mapped[str] = mapped_column(String(10))
    """ours, absent, not_yet (not there, and too soon to tell), unclear, no_list or no_answer."""
