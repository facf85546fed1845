"""Everything about one customer, as their page shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.reach import CONFIRM_WITHIN
from contacts.record import phrases
from contacts.record.consent.chosen import Choice, standing_choices
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import erased_at
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent, Customer, Enrolment, OwnerRow, Suppression
from contacts.record.timeline import Entry, timeline, upcoming
from contacts.record.timeline.entry import day_of
from contacts.settings import Settings
from contacts.web.board.book import name_of
from contacts.web.board.standing import Silence, Standing, silence_of, standing_of


@dataclass(frozen=True, slots=True)
class Profile:
    id: int
    name: str
    company: str
    email: str
    phone: str
    owner: str
    timezone: str
    timezone_assumed: bool
    locale: str
    country: str
    tier: str
    persona: str
    joined_on: date
    created_at: datetime
    last_contact_at: datetime | None
    waived_until: date | None
    waiver: str
    standing: Standing
    silence: Silence


@dataclass(frozen=True, slots=True)
class Course:
    """A cadence that the customer is on, or was."""

    cadence: str
    state: str
    reason: str
    started_on: date


@dataclass(frozen=True, slots=True)
class Permission:
    """What was last said about a channel, and whether we may use it."""

    channel: str
    granted: bool | None  # None: nothing was ever said
    was_given: bool  # at any time; only then can it be withdrawn
    source: str
    at: datetime | None
    is_implied: bool
    is_asked: bool  # and nobody has confirmed it
    until: datetime | None  # when it expires, or expired
    is_expired: bool
    suppressed: str  # the reason, or empty
    scope: str  # of the suppression: marketing or all; empty without one


@dataclass(frozen=True, slots=True)
class Person:
    profile: Profile
    erased_at: datetime | None
    """Since when nothing of theirs is left but what happened, without a word of it."""
    next: list[Entry]
    past: list[Entry]  # the newest first
    courses: list[Course]
    permissions: list[Permission]
    choices: list[Choice]


def look_up(
    connection: Connection, customer_id: int, *, settings: Settings, now: datetime
) -> Person | None:
    """The customer with this id, or None."""
    row = connection.execute(
        select(
            Customer,
            OwnerRow.name.label("owner"),
            standing_of(settings, now).label("standing"),
        )
        .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
        .where(Customer.id == customer_id)
    ).one_or_none()
    if row is None:
        return None
    return Person(
        profile=_profile(row, silence_of(row, settings, now)),
        erased_at=erased_at(connection, customer_id),
        next=upcoming(connection, customer_id, settings=settings, now=now),
        past=timeline(connection, customer_id, now=now)[::-1],
        courses=_courses(connection, customer_id),
        permissions=[
            _permission(connection, customer_id, channel, hashed, now)
            for channel, hashed in _hashes(row, settings.signing_key)
        ],
        choices=standing_choices(
            connection,
            customer_id,
            settings=settings,
            today=day_of(now, row.timezone),
            now=now,
        ),
    )


def _profile(row: Any, silence: Silence) -> Profile:
    return Profile(
        id=row.id,
        name=name_of(row),
        company=row.company,
        email=row.email or "",
        phone=row.phone or "",
        owner=row.owner or "",
        timezone=row.timezone,
        timezone_assumed=row.timezone_assumed,
        locale=row.locale,
        country=row.country,
        tier=row.tier,
        persona=row.persona,
        joined_on=row.joined_on,
        created_at=row.created_at,
        last_contact_at=row.last_contact_at,
        waived_until=row.waived_until,
        waiver=row.waiver or "",
        standing=Standing(row.standing),
        silence=silence,
    )


def _courses(connection: Connection, customer_id: int) -> list[Course]:
    rows = connection.execute(
        select(
            Enrolment.cadence,
            Enrolment.state,
            Enrolment.reason,
            Enrolment.started_on,
        )
        .where(Enrolment.customer_id == customer_id)
        .order_by(Enrolment.started_at.desc(), Enrolment.id.desc())
    )
    return [Course(row.cadence, row.state, row.reason or "", row.started_on) for row in rows]


def _hashes(row: Any, signing_key: str) -> list[tuple[str, str]]:
    addresses = (("email", row.email), ("sms", row.phone))
    return [(channel, address_hash(signing_key, address or "")) for channel, address in addresses]


def _permission(
    connection: Connection, customer_id: int, channel: str, hashed: str, now: datetime
) -> Permission:
    every = connection.execute(
        select(Consent.granted, Consent.source, Consent.at, Consent.kind, Consent.expires_at)
        .where(Consent.customer_id == customer_id, Consent.channel == channel)
        .order_by(Consent.at, Consent.id)
    ).all()
    said = every[-1] if every else None
    closed = connection.execute(
        select(Suppression.reason, Suppression.scope).where(
            Suppression.address_hash == hashed,
            Suppression.channel == channel,
            Suppression.lifted_at.is_(None),
        )
    ).one_or_none()
    until = said.expires_at if said and said.granted else None
    if said and said.kind == ConsentKind.PENDING:
        until = said.at + CONFIRM_WITHIN
    return Permission(
        channel=channel,
        granted=said.granted if said else None,
        was_given=any(one.granted for one in every),
        source=phrases.source(said.source) if said else "",
        at=said.at if said else None,
        is_implied=said is not None and said.granted and said.kind == "implied",
        is_asked=said is not None and said.kind == ConsentKind.PENDING,
        until=until,
        is_expired=until is not None and until <= now,
        suppressed=closed.reason if closed else "",
        scope=closed.scope if closed else "",
    )
