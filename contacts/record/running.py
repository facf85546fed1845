"""Tables of the work itself: channels and whether they may send, digests, beats, pauses, keys."""

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key


class Channel(Base):
    """Whether a channel may send, and why not."""

    __tablename__ = "channels"

    name: Mapped[str] = mapped_column(String(8), primary_key=True)
    open: Mapped[bool] = mapped_column(Boolean, default=True)
    reason: Mapped[str | None] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    unknown_in_a_row: Mapped[int] = mapped_column(Integer, default=0)
    """Answers that left it open whether a message arrived, over all workers and passes."""
    rested_at: Mapped[datetime | None]
    """Since when it rests for them; None while it does not."""
    probe_at: Mapped[datetime | None]
    """When one message may try whether the provider answers again."""
    held_until: Mapped[datetime | None]
    """How long the provider asked us to wait."""
    marketing_held: Mapped[str | None] = mapped_column(String(200))
    """Why marketing waits while service goes on; None while it does not."""
    opened_at: Mapped[datetime | None]
    """When a person last opened it: complaints before that were seen to."""
    live_since: Mapped[datetime | None]
    """When it first reached people; None while its messages go to the stand-in."""
    rehearsed_since: Mapped[datetime | None]
    """When a person led a live one back to the stand-in; None where nobody did."""
    way: Mapped[str | None] = mapped_column(String(64))
    """A hash of the account and the sender by which it leaves; no secret is in it."""
    way_since: Mapped[datetime | None]
    """Since when it leaves that way alone; None where it never left by another one."""


class Digest(Base):
    """One morning's mail to an owner; unique, written before it is sent."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("owner_id", "day"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(10))
    """sending, accepted, rejected (for now), failed (for good) or unknown."""
    started_at: Mapped[datetime]


class Heartbeat(Base):
    """When an installation last worked, and on which host; a restored backup shows here."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    """The installation's id, which its own folder or a setting names."""
    host: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    beats: Mapped[int] = mapped_column(Integer, default=0)
    """The latest beat's number, which the installation's own folder knows as well."""


class SecretKeyMark(Base):
    """Under which secret key opt-outs are kept; the latest row counts."""

    __tablename__ = "secret_key_marks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(64))
    """HMAC-SHA256 of a constant under the key, in hex."""
    at: Mapped[datetime]
    """Since when."""


class ZoneMark(Base):
    """What was known of a zone's clocks at the last look."""

    __tablename__ = "zone_marks"

    zone: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64))
    """SHA-256 of its offsets in the years to come, in hex."""
    at: Mapped[datetime]


class Resume(Base):
    """One time that sending went on after a pause: since when, why, and how slowly."""

    __tablename__ = "resumes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(String(12))
    """gap, downtime, restored, other or copied."""
    host: Mapped[str] = mapped_column(String(200))
    backlog: Mapped[int] = mapped_column(Integer)
    """Touches that were overdue then."""
    per_minute: Mapped[int] = mapped_column(Integer)
    """How many of them may be taken up in a minute."""
    minute: Mapped[int] = mapped_column(Integer, default=0)
    """The minute since `at` in which touches were last taken up, and how many were so far."""
    taken_in_minute: Mapped[int] = mapped_column(Integer, default=0)
    taken: Mapped[int] = mapped_column(Integer, default=0)
    over_at: Mapped[datetime | None]
    """From then on touches leave as fast as ever."""
