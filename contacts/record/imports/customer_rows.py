"""A row of the customers' CSV as values, without a look at the record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.cadences.house import strange_region
from contacts.record.customers import addresses
from contacts.record.imports import cells
from contacts.record.imports.header import meant
from contacts.record.imports.rows import Row
from contacts.record.tables import Consent, Customer

CHANNELS = ("email", "sms")
COLUMNS = frozenset({
    "email", "phone", "first_name", "last_name", "company", "timezone", "locale", "country",
    "owner", "tier", "persona", "freshness_days", "joined_on", "consent_email", "consent_sms",
    "consent_source", "consent_at", "consent_kind", "consent_wording", "consent_expires",
})  # fmt: skip
REQUIRED: tuple[str, ...] = ("email|phone",)

_WORDS = ("first_name", "last_name", "company", "tier", "persona")
"""A blank cell empties these."""
_KNOWN_IF_WRITTEN: dict[str, Callable[[str], Any]] = {
    "timezone": cells.zone_name,
    "locale": cells.locale,
    "joined_on": cells.day,
}
"""A blank cell of these says nothing: what the record knows stays."""
_LONGEST_ATTRIBUTE = 2_000


@dataclass(slots=True)
class Said:
    """What a row says about consent on one channel."""

    channel: str
    granted: bool
    source: str
    at: datetime | None  # as written: naive where it names no offset
    kind: str = "express"
    wording: str = ""
    expires: datetime | None = None  # as written, too


@dataclass(slots=True)
class CustomerRow:
    row: Row
    email: str | None
    phone: str | None
    values: dict[str, Any]
    """Columns of `customers` that the file speaks of, save the ones below."""
    attributes: dict[str, str]
    """Every further column; a blank one takes the attribute away."""
    owner: str | None
    """The owner's address in lower case; empty for "nobody", None where the file is silent."""
    said: list[Said]

    @property
    def addresses(self) -> dict[str, str]:
        """By column; those that the row has."""
        known = {"email": self.email, "phone": self.phone}
        return {column: address for column, address in known.items() if address}


def read_customer(row: Row, *, default_country: str, extra: tuple[str, ...]) -> CustomerRow:
    """Parse a row; what is wrong with it is left in `row.faults`."""
    email = row.take("email", addresses.normalise_email)
    country = row.take("country", cells.country)
    region = country or default_country
    phone = row.take("phone", lambda text: addresses.normalise_phone(text, region))
    if not row.text("email") and not row.text("phone"):
        row.fault("email", "neither an email nor a phone; a customer needs one of them")
    if email and (likely := addresses.likely_typo(email)):
        row.warn("email", f"email: is its domain a typo of {likely}? Taken as written")
    values: dict[str, Any] = {}
    for column in _WORDS:
        if row.text(column) is not None:
            values[column] = row.take(column, _word_parsers[column]) or ""
    for column, parse in _KNOWN_IF_WRITTEN.items():
        if (value := row.take(column, parse)) is not None:
            values[column] = value
    if country:
        values["country"] = country
    if row.text("phone") is not None:
        values["phone"] = phone
    values |= _limit(row)
    if email:
        values["email"] = email
    _warn_of_region(row, region if country or not phone else addresses.region_of(phone))
    owner = row.text("owner")
    return CustomerRow(
        row=row,
        email=email,
        phone=phone,
        values=values,
        attributes={name: _attribute(row, name) for name in extra},
        owner=None if owner is None else owner.lower(),
        said=_said(row),
    )


def _limit(row: Row) -> dict[str, int | None]:
    """The customer's own limit of silence; a blank cell takes it back."""
    if row.text("freshness_days") is None:
        return {}
    return {"freshness_days": row.take("freshness_days", cells.days_of_silence)}


def _warn_of_region(row: Row, country: str | None) -> None:
    written = row.text("region")
    if written and country and (problem := strange_region(country, written)):
        row.warn("region", f"region: {problem}")


def misspelt_columns(extra: tuple[str, ...]) -> dict[str, str]:
    """Further columns whose names look like slips of ours, with what was probably meant."""
    return {name: likely for name in extra if (likely := meant(name, COLUMNS))}


_word_parsers = {
    column: cells.line_of_text(cells.length_of(getattr(Customer, column))) for column in _WORDS
}
_attribute_parser = cells.lines_of_text(_LONGEST_ATTRIBUTE)
_source_parser = cells.line_of_text(cells.length_of(Consent.source))
_wording_parser = cells.lines_of_text(cells.length_of(Consent.wording))


def _attribute(row: Row, name: str) -> str:
    return row.take(name, _attribute_parser) or ""


def _said(row: Row) -> list[Said]:
    answers = {
        channel: answer
        for channel in CHANNELS
        if (answer := row.take(f"consent_{channel}", cells.yes_or_no)) is not None
    }
    if not answers:
        return []
    source = row.take("consent_source", _source_parser) or ""
    at = row.take("consent_at", cells.moment)
    kind = row.take("consent_kind", cells.consent_kind) or "express"
    wording = row.take("consent_wording", _wording_parser) or ""
    expires = row.take("consent_expires", cells.moment)
    for channel, granted in answers.items():
        if granted and not source:
            row.fault("consent_source", _proof(channel, "consent_source", "how it was given"))
        if granted and at is None and not row.text("consent_at"):
            row.fault("consent_at", _proof(channel, "consent_at", "when it was given"))
    return [
        Said(channel, granted, source, at, kind, wording, expires) if granted
        else Said(channel, granted, source, at)
        for channel, granted in answers.items()
    ]  # fmt: skip


def _proof(channel: str, column: str, what: str) -> str:
    return f"consent_{channel} is yes, so {column} must say {what}"
