"""Customers from CSV rows into the record.

A row means the customer with its e-mail address, whatever the case; without one, the customer with
its phone number. So importing a file twice changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, update

from contacts.cadences.calendar import local_date
from contacts.cadences.timezones import zone
from contacts.record.book.handed import file_follows, handed_over
from contacts.record.book.handing_over import tasks_follow
from contacts.record.book.owners import sync_owners
from contacts.record.customers import addresses
from contacts.record.customers.moved import plan_there
from contacts.record.imports import cells, rows
from contacts.record.imports.agreeing import instant_said
from contacts.record.imports.consents import Asked, implied_until, record_consents
from contacts.record.imports.customer_rows import (
    COLUMNS,
    REQUIRED,
    CustomerRow,
    Said,
    misspelt_columns,
    read_customer,
)
from contacts.record.imports.erased import ErasedPeople
from contacts.record.imports.header import Header
from contacts.record.imports.matching import LinesById, match
from contacts.record.imports.report import Stored
from contacts.record.people import ConsentKind
from contacts.record.tables import Customer
from contacts.settings import SETTINGS_FILE, Settings
from contacts.settings_file.refused import refused

_SET = (
    "email", "phone", "first_name", "last_name", "company", "timezone", "timezone_assumed",
    "locale", "country", "owner_id", "tier", "persona", "freshness_days", "joined_on", "attributes",
)  # fmt: skip
_AHEAD = timedelta(days=1)  # a consent dated today may still lie ahead of us on its own clock


@dataclass(slots=True)
class _Candidate:
    given: CustomerRow
    known: Row[Any] | None
    values: dict[str, Any] = field(default_factory=dict)
    consented_at: dict[str, datetime] = field(default_factory=dict)
    consented_until: dict[str, datetime | None] = field(default_factory=dict)
    follows_file: bool = False
    """Whether the file says of a customer who was handed over what it did not say before."""
    id: int = 0


class CustomerImport:
    """One file of customers; made anew for each."""

    columns = COLUMNS
    required = REQUIRED

    def __init__(
        self,
        settings: Settings,
        *,
        now: datetime,
        until: date | None,
        agreed_by: datetime | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._until = until
        self._agreed_by = agreed_by
        self._owners: dict[str, int] = {}
        self._extra: tuple[str, ...] = ()
        self._met = LinesById()
        self._handed: dict[int, str] = {}
        self._erased = ErasedPeople(settings.signing_key)
        _check_default_zone(settings)

    def begin(self, connection: Connection, header: Header) -> dict[str, str]:
        """Get ready for the rows; return a warning by column."""
        self._owners = sync_owners(connection, self._settings)
        self._extra = header.extra
        return {
            name: f"the column '{name}' is kept as an attribute; did you mean '{likely}'?"
            for name, likely in misspelt_columns(header.extra).items()
        }

    def read(self, row: rows.Row) -> CustomerRow:
        country = self._settings.default_country
        return read_customer(row, default_country=country, extra=self._extra)

    def is_later(self, customer: CustomerRow) -> bool:
        """Whether the customer joins, or agrees, after those who are wanted."""
        joined_on: date | None = customer.values.get("joined_on")
        if self._until is not None and joined_on is not None and joined_on > self._until:
            return True
        if self._agreed_by is None:
            return False
        said_at = instant_said(customer, self._settings)
        return said_at is not None and said_at > self._agreed_by

    def store(self, connection: Connection, wanted: Sequence[CustomerRow]) -> Stored:
        """Insert and update; a row that turns out wrong gets its fault and is left out.

        Rows without an e-mail address come second: whom their phone means depends on the others.
        """
        kept = self._erased.leave_out(connection, wanted)
        named = [given for given in kept if given.email]
        nameless = [given for given in kept if not given.email]
        left_out = Stored(0, 0, 0, len(wanted) - len(kept))
        return self._store(connection, named) + self._store(connection, nameless) + left_out

    def _store(self, connection: Connection, wanted: Sequence[CustomerRow]) -> Stored:
        known = match(connection, wanted, self._met)
        self._handed = handed_over(connection, [one.id for one in known if one is not None])
        candidates = [_Candidate(given, one) for given, one in zip(wanted, known, strict=True)]
        for candidate in candidates:
            self._complete(candidate)
        good = [candidate for candidate in candidates if not candidate.given.row.faults]
        new = [candidate for candidate in good if candidate.known is None]
        self._insert(connection, new)
        changed = self._update(connection, [one for one in good if one.known is not None])
        asked = [question for candidate in good for question in self._asked(candidate)]
        key = self._settings.signing_key
        consented = record_consents(connection, asked, signing_key=key, now=self._now)
        updated = changed | (consented - {candidate.id for candidate in new})
        return Stored(len(new), len(updated), len(good) - len(new) - len(updated))

    def _complete(self, candidate: _Candidate) -> None:
        """What the row leaves open: owner, zone, defaults, the instants of consent."""
        given, known = candidate.given, candidate.known
        values = candidate.values = dict(given.values)
        if given.owner is not None and not self._was_handed_on(candidate):
            values["owner_id"] = self._owner_id(given)
        if known is None:
            self._fill_defaults(values, given.phone)
            if values["joined_on"] > local_date(self._now, values["timezone"]):
                ahead = "joined_on: lies in the future; what begins with them begins now"
                given.row.warn("joined_on", ahead)
        else:
            self._keep_zone(values, known)
            if (known.wishes or {}).get("locale"):
                values.pop("locale", None)  # the customer's own word wins over the file's
        before = known.attributes if known is not None else {}
        merged = {**before, **given.attributes}
        values["attributes"] = {name: text for name, text in merged.items() if text}
        zone_name = values.get("timezone") or (known.timezone if known is not None else "UTC")
        for said in given.said:
            at = candidate.consented_at[said.channel] = self._instant(given, said.at, zone_name)
            ends = _end_of(given, said, at, zone_name)
            candidate.consented_until[said.channel] = ends

    def _was_handed_on(self, candidate: _Candidate) -> bool:
        """Whether a person gave them another owner, and the file still says what it said before."""
        given, known = candidate.given, candidate.known
        if known is None or known.id not in self._handed:
            return False
        now_with = next((key for key, one in self._owners.items() if one == known.owner_id), "")
        if given.owner != self._handed[known.id] or given.owner == now_with:
            candidate.follows_file = True
            return False
        given.row.warn(
            "owner",
            f"owner: they were handed over to {now_with or 'another owner'}, who keeps them; write "
            "that here, or hand them over again with 'touchline owner hand-over'",
        )
        return True

    def _owner_id(self, given: CustomerRow) -> int | None:
        if not given.owner:
            return None
        if given.owner not in self._owners:
            given.row.fault(
                "owner", "owner: nobody in touchline.toml under [[owners]] has this email"
            )
        return self._owners.get(given.owner)

    def _fill_defaults(self, values: dict[str, Any], phone: str | None) -> None:
        self._assume_zone(values, phone)
        region = addresses.region_of(phone) if phone else None
        values.setdefault("country", region or self._settings.default_country)
        values.setdefault("locale", self._settings.default_locale)
        values.setdefault("joined_on", local_date(self._now, values["timezone"]))

    def _keep_zone(self, values: dict[str, Any], known: Row[Any]) -> None:
        if "timezone" in values:
            values["timezone_assumed"] = False
        elif known.timezone_assumed and values.get("phone", known.phone) != known.phone:
            self._assume_zone(values, values["phone"])

    def _assume_zone(self, values: dict[str, Any], phone: str | None) -> None:
        values["timezone_assumed"] = "timezone" not in values
        if "timezone" not in values:
            found = addresses.zone_of(phone) if phone else None
            values["timezone"] = found or self._settings.default_timezone

    def _instant(self, given: CustomerRow, written: datetime | None, zone_name: str) -> datetime:
        if written is None:
            return self._now
        at = cells.instant_of(written, zone_name)
        if at > self._now + _AHEAD:
            given.row.fault("consent_at", "consent_at: lies in the future")
        return min(at, self._now)

    def _insert(self, connection: Connection, new: Sequence[_Candidate]) -> None:
        if not new:
            return
        stamps = {"created_at": self._now, "updated_at": self._now}
        blank = {"email": None, "phone": None, "owner_id": None, "freshness_days": None}
        words = {"first_name": "", "last_name": "", "company": "", "tier": "", "persona": ""}
        inserted = connection.execute(
            insert(Customer).returning(Customer.id, Customer.email, Customer.phone),
            [{**blank, **words, **candidate.values, **stamps} for candidate in new],
        )
        # By address, since rows come back in any order; asking for ours makes it row by row.
        ids = {row.email or row.phone: row.id for row in inserted}
        for candidate in new:
            candidate.id = ids[candidate.given.email or candidate.given.phone]
            self._met.note(candidate.id, candidate.given.row.line)

    def _update(self, connection: Connection, known: Sequence[_Candidate]) -> set[int]:
        changed, moved, owned = [], [], []
        for candidate in known:
            row = candidate.known
            assert row is not None  # noqa: S101  # the caller chose them so
            candidate.id = row.id
            if candidate.values.get("timezone", row.timezone) != row.timezone:
                moved.append(row.id)
            if candidate.values.get("owner_id", row.owner_id) != row.owner_id:
                owned.append(row.id)
            if any(getattr(row, name) != value for name, value in candidate.values.items()):
                before = {column: getattr(row, column) for column in _SET}
                changed.append({"key": row.id, **before, **candidate.values})
        if changed:
            connection.execute(
                update(Customer)
                .where(Customer.id == bindparam("key"))
                .values({column: bindparam(column) for column in _SET} | {"updated_at": self._now}),
                changed,
            )
        if moved:
            plan_there(connection, moved)
        if owned:
            tasks_follow(connection, owned)
        file_follows(connection, [one.id for one in known if one.follows_file])
        return {row["key"] for row in changed}

    def _kind(self, said: Said) -> str:
        """With double opt-in a yes to e-mail is a request, until they confirm it."""
        is_asked = self._settings.double_opt_in and said.granted and said.channel == "email"
        return ConsentKind.PENDING if is_asked and said.kind == ConsentKind.EXPRESS else said.kind

    def _asked(self, candidate: _Candidate) -> list[Asked]:
        given, known = candidate.given, candidate.known
        return [
            Asked(
                customer_id=candidate.id,
                address=candidate.values.get(
                    "email" if said.channel == "email" else "phone",
                    _known_address(known, said.channel),
                ),
                channel=said.channel,
                granted=said.granted,
                source=said.source or "import",
                at=candidate.consented_at[said.channel],
                dated=said.at is not None,
                kind=self._kind(said),
                wording=said.wording,
                expires_at=candidate.consented_until[said.channel],
                evidence=given.row.place,
                row=given.row,
            )
            for said in given.said
        ]


def _end_of(
    given: CustomerRow, said: Said, at: datetime, zone_name: str
) -> datetime | None:  # fmt: skip
    """Until when a consent holds: what the file says, else by its kind."""
    if said.expires is None:
        return implied_until(at) if said.granted and said.kind == "implied" else None
    ends = cells.instant_of(said.expires, zone_name)
    if ends <= at:
        given.row.fault("consent_expires", "consent_expires: lies before consent_at")
    return ends


def _known_address(known: Row[Any] | None, channel: str) -> str | None:
    if known is None:
        return None
    address: str | None = known.email if channel == "email" else known.phone
    return address


def _check_default_zone(settings: Settings) -> None:
    try:
        zone(settings.default_timezone)
    except ValueError as error:
        toml = settings.workspace / SETTINGS_FILE
        raise refused(toml, ("default_timezone",), str(error)) from None
