"""Tables of the people: owners, customers, what they agreed to, and whom we must leave alone."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Computed,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key

_WITHDRAWN = text("NOT granted")


class OwnerRow(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """When they work, as the settings have it; what is left out is as usual."""
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(16))
    """A part of the country with public holidays of its own."""
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    """Who hears of what they leave undone."""
    leads: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Whether they hear of what is nobody's."""
    calendar_key: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    """The number that a link to their calendar must have; those before it are given up."""
    named: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    """Whether the settings still have them; if not, their customers are nobody's."""


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_freshness", "active", "last_contact_at", "id", "waived_until"),
        Index("ix_customers_name", "last_name", "first_name", "id"),
        Index("ix_customers_owner_name", "owner_id", "last_name", "first_name", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    email_key: Mapped[str | None] = mapped_column(
        String(254), Computed("lower(email)", persisted=True), unique=True
    )
    """Kept by the database: two customers never differ by the case of their address alone."""
    phone: Mapped[str | None] = mapped_column(String(16), index=True)
    """E.164."""
    first_name: Mapped[str] = mapped_column(String(100), default="")
    last_name: Mapped[str] = mapped_column(String(100), default="")
    company: Mapped[str] = mapped_column(String(200), default="")
    timezone: Mapped[str] = mapped_column(String(64))
    timezone_assumed: Mapped[bool] = mapped_column(Boolean, default=False)
    """True where the row was silent and the phone's region or the default filled it in."""
    locale: Mapped[str] = mapped_column(String(16))
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1 alpha-2."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    tier: Mapped[str] = mapped_column(String(50), default="")
    freshness_days: Mapped[int | None]
    """How long they may go without contact; empty: as long as their tier."""
    persona: Mapped[str] = mapped_column(String(50), default="")
    joined_on: Mapped[date]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Every further column of the CSV, as text."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    last_contact_at: Mapped[datetime | None]
    """The last touch that reached them or answer received; kept in the transaction that records it.

    A message counts as soon as the provider has it, and no longer once it is known to have failed.
    """
    waived_until: Mapped[date | None]
    """Until this day nobody need keep in touch, for `waiver`: the named reason P5 asks for."""
    waiver: Mapped[str | None] = mapped_column(String(200))
    wishes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What they chose on their own page, as contacts.cadences.wishes keeps it."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ConsentKind(StrEnum):
    """How sure we are of a yes."""

    # Enum's own is written in Python.
    __hash__ = str.__hash__

    PENDING = "pending"  # they asked for it, and confirm it by the link of a mail, or never
    IMPLIED = "implied"  # it follows from their dealings with us, for a time
    EXPRESS = "express"  # they said so
    DOUBLE = "double"  # they said so, and confirmed it


class Consent(Base):
    """One row per "yes" or "no", with the proof of it; the latest counts, for what it names.

    Append-only, and the database holds us to it: triggers of the migrations refuse every DELETE,
    and every UPDATE but one, an erasure's, which sets `redacted_at` and changes texts alone.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_customer", "customer_id", "channel", "at"),
        Index("ix_consents_withdrawn", "recorded_at",
              sqlite_where=_WITHDRAWN, postgresql_where=_WITHDRAWN),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    channel: Mapped[str] = mapped_column(String(8))
    """email or sms."""
    purpose: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """What it holds for: service, marketing, or empty for whatever we write."""
    granted: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(8), default="express", server_default="express")
    """A ConsentKind; of a no it means nothing."""
    source: Mapped[str] = mapped_column(String(200))
    """How it was given or withdrawn: "signup form v3", "unsubscribe link", "STOP"."""
    evidence: Mapped[str] = mapped_column(String(200), default="")
    """File and line, event id or address of the request."""
    wording: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    """What they agreed to: the words that they saw, or their version."""
    at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    redacted_at: Mapped[datetime | None]
    """When an erasure blanked source, evidence or wording."""


class Suppression(Base):
    """An address we must not write to again. Keyed by a hash, so that it outlives an erasure."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("address_hash", "channel"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64))
    """HMAC-SHA256 of the normalised address under the workspace's key, in hex."""
    channel: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(32))
    """opt_out, bounced, complained, invalid or erased."""
    scope: Mapped[str] = mapped_column(String(9), default="all", server_default="all")
    """marketing: service mail goes on. all: nothing goes by this channel.

    Narrowed by nothing but their own later word, on their page or to a person.
    """
    source: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    """Set by START after a STOP; the row stays."""
    erased_at: Mapped[datetime | None]
    """When the data of whom it belongs to were erased; no import brings it back."""
