"""Tables of the contact itself: enrolments, touches and their queue, attempts, tasks, events.

The promise rests on four constraints here: a touch is unique by its key; at most one attempt of a
touch is alive; at most one message a channel reaches a customer on one local day; an event of a
provider is stored once.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key

ATTEMPT_ID = String(36)
ALIVE = ("sending", "accepted", "unknown")
"""The states of attempts that may have reached the provider."""
_OPEN = text("state = 'open'")
_BY_PERSON = text("state = 'planned' AND channel IN ('call', 'visit', 'letter')")
ATTEMPT_ALIVE = text("state IN ({})".format(", ".join(f"'{state}'" for state in ALIVE)))
ATTEMPT_ENDED = text("state NOT IN ({})".format(", ".join(f"'{state}'" for state in ALIVE)))


class CadenceVersion(Base):
    """The text of a cadence file as it was; an enrolment keeps the version it started with."""

    __tablename__ = "cadence_versions"
    __table_args__ = (UniqueConstraint("name", "sha256"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Enrolment(Base):
    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("customer_id", "cadence", "trigger"),
        Index("ix_enrolments_to_plan", "cadence", "plan_at", "id",
              sqlite_where=text("state = 'active'"), postgresql_where=text("state = 'active'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    cadence: Mapped[str] = mapped_column(String(64))
    version_id: Mapped[int] = mapped_column(ForeignKey("cadence_versions.id"))
    trigger: Mapped[str] = mapped_column(String(100))
    """What started it, so that the same cause never does twice: customer.added, contract:C-7."""
    state: Mapped[str] = mapped_column(String(10))
    """active, finished or stopped."""
    reason: Mapped[str | None] = mapped_column(String(32))
    started_at: Mapped[datetime]
    started_on: Mapped[date]
    """Day 0 on the customer's calendar."""
    round: Mapped[int] = mapped_column(Integer, default=1)
    position: Mapped[int] = mapped_column(Integer, default=0)
    """Index of the next step to plan."""
    last_made_at: Mapped[datetime | None]
    """When the last touch was really made; `after` counts from here."""
    last_made: Mapped[int | None] = mapped_column(Integer)
    """Index of the step whose touch that was."""
    plan_at: Mapped[datetime | None]
    """When the planner must look again; NULL while a touch is under way or waits for a person."""
    ended_at: Mapped[datetime | None]


class Touch(Base):
    __tablename__ = "touches"
    __table_args__ = (
        UniqueConstraint("customer_id", "cadence", "step_key", "occurrence"),
        Index("ix_touches_enrolment", "enrolment_id"),
        Index("ix_touches_by_person", "due_at",
              sqlite_where=_BY_PERSON, postgresql_where=_BY_PERSON),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    cadence: Mapped[str] = mapped_column(String(64))
    step_key: Mapped[str] = mapped_column(String(64))
    occurrence: Mapped[str] = mapped_column(String(32))
    """Local date on which the enrolment started, and the round: 2026-11-21/1."""
    channel: Mapped[str] = mapped_column(String(8))
    """email, sms, call, visit or letter; the gate may fall back to the step's `otherwise`."""
    purpose: Mapped[str] = mapped_column(String(10))
    """service or marketing."""
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(32))
    """Why it was skipped, deferred, failed or held."""
    cap: Mapped[str | None] = mapped_column(String(16))
    """The cap that left it no room, where that is why: 3/7/email, three e-mails in seven days."""
    due_at: Mapped[datetime]
    not_after: Mapped[datetime]
    wall_time: Mapped[str] = mapped_column(String(16))
    """The local time `due_at` came from, 2026-11-21T09:00, in `zone`."""
    zone: Mapped[str] = mapped_column(String(64))
    dst_adjusted: Mapped[bool] = mapped_column(Boolean, default=False)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    """When it was accepted by the provider, or done by a person."""


class Queued(Base):
    """What is to be sent, narrow and clustered by time, so that finding what is due stays cheap.

    A row lives from `planned` to the gate. `fence` grows with every claim; the gate removes the row
    only under the fence it claimed, so a worker that lost its lease can no longer send. PostgreSQL
    leaves so much of each page free that a claim writes every row of it anew on the same page, and
    so to no index (heap-only tuples).
    """

    __tablename__ = "queue"
    __table_args__ = (
        Index("ix_queue_touch", "touch_id", unique=True),
        {"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": 45}},
    )

    ready_at: Mapped[datetime] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(Key, ForeignKey("touches.id"), primary_key=True)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]
    """On the database's clock."""


class Attempt(Base):
    """One request to a provider. It holds no words and no address; those are in `messages`."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("one_live_attempt", "touch_id", unique=True,
              sqlite_where=ATTEMPT_ALIVE, postgresql_where=ATTEMPT_ALIVE),
        Index("one_message_a_day", "customer_id", "channel", "local_date", unique=True,
              sqlite_where=ATTEMPT_ALIVE, postgresql_where=ATTEMPT_ALIVE),
        Index("ix_attempts_ended", "customer_id",
              sqlite_where=ATTEMPT_ENDED, postgresql_where=ATTEMPT_ENDED),
        Index("ix_attempts_in_doubt", "lease_until",
              sqlite_where=text("state IN ('sending', 'unknown')"),
              postgresql_where=text("state IN ('sending', 'unknown')")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(ATTEMPT_ID, primary_key=True)
    """UUID version 7 as text; the mark that comes back with every event."""
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    channel: Mapped[str] = mapped_column(String(8))
    local_date: Mapped[date]
    """The customer's day on which it was gated."""
    state: Mapped[str] = mapped_column(String(10))
    """sending, accepted, rejected, unknown or not_sent."""
    fence: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime]
    """On the database's clock; past it an attempt still `sending` is unknown."""
    template: Mapped[str] = mapped_column(String(120))
    """Name, locale and content hash of the template: welcome/hi@1f3a…"""
    body_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the request's words."""
    segments: Mapped[int] = mapped_column(Integer, default=1)
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(100), index=True)
    http_status: Mapped[int | None] = mapped_column(Integer)
    code: Mapped[str | None] = mapped_column(String(32))
    """The provider's error code, or the kind of failure of the wire."""


class Message(Base):
    """The words of an attempt as they left us; removed by retention or erasure."""

    __tablename__ = "messages"

    attempt_id: Mapped[str] = mapped_column(ATTEMPT_ID, ForeignKey("attempts.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)


class Task(Base):
    """A human touch, or a reply, waiting for an owner."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_customer", "customer_id"),
        Index("ix_tasks_open", "customer_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_tasks_owner", "owner_id", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"), unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    """call, visit, letter, reply, decide (does this answer ask us to stop?), reach (no message can
    reach the customer), review (did it arrive?), check_in (silent for too long) or orders (they
    order differently)."""
    title: Mapped[str] = mapped_column(String(200))
    brief: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(6))
    """open or done."""
    outcome: Mapped[str | None] = mapped_column(String(500))
    """What happened, in a person's words."""
    result: Mapped[str | None] = mapped_column(String(20))
    """What came of it, an Outcome; on an open task, of the last time it was tried."""
    escalated: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    """1: its owner was told that it is late; 2: so was the lead."""
    escalated_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    """When it was put off to another day, or its words were changed."""
    closed_at: Mapped[datetime | None]


class Event(Base):
    """What a provider or a person told us, stored once whatever it changed."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_events_customer", "customer_id", "occurred_at"),
        Index(
            "ix_events_complaints",
            "occurred_at",
            sqlite_where=text("kind = 'complained'"),
            postgresql_where=text("kind = 'complained'"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider: Mapped[str] = mapped_column(String(10))
    """sendgrid, twilio, person or touchline."""
    event_id: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(8), default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touches.id"))
    attempt_id: Mapped[str | None] = mapped_column(ATTEMPT_ID)
    """As the provider said it: an id of another installation is kept, unmatched."""
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(Text, default="")
    """The reason of a bounce, the words of a reply, the note of a person."""
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
