"""The lists of addresses that SendGrid no longer writes to, taken over from its CSV exports.

An address counts whether or not a customer has it: one who comes later is left alone as well.
Taking in the same file again changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from contacts.cadences.reach import Scope
from contacts.listening.addresses import STILL_GOOD
from contacts.record.consent.optout import Said, opt_out
from contacts.record.consent.rerouting import reroute
from contacts.record.consent.suppression import SAID_BY_LINK, suppress
from contacts.record.customers import addresses
from contacts.record.customers.address_keys import address_hash, customers_at
from contacts.record.imports import cells
from contacts.record.imports.header import Header
from contacts.record.imports.report import ImportReport, Stored
from contacts.record.imports.rows import Row
from contacts.record.imports.run import Progress, run_import
from contacts.record.locks import hold_customers
from contacts.record.many import one_of
from contacts.record.tables import Customer, Suppression
from contacts.settings import Settings


class ListOf(StrEnum):
    """Which list a file is; nothing in it says so."""

    UNSUBSCRIBES = "unsubscribes"  # the global ones: no mail at all
    BOUNCES = "bounces"
    SPAM_REPORTS = "spam-reports"


_REASONS = {
    ListOf.UNSUBSCRIBES: "opt_out",
    ListOf.BOUNCES: "bounced",
    ListOf.SPAM_REPORTS: "complained",
}


@dataclass(slots=True)
class Listed:
    row: Row
    email: str
    at: datetime | None
    reason: str


def import_list(  # noqa: PLR0913  # how an import runs is said in one call
    engine: Engine,
    path: Path,
    *,
    of: ListOf,
    settings: Settings,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Leave alone whom the list names; otherwise as `import_customers`."""
    importer = _ListImport(of, settings, now)
    return run_import(engine, path, importer, strict=strict, progress=progress)


class _ListImport:
    columns = frozenset({"email", "created", "reason", "status", "ip"})
    required: tuple[str, ...] = ("email", "created")

    def __init__(self, of: ListOf, settings: Settings, now: datetime) -> None:
        self._of = of
        self._settings = settings
        self._now = now

    def begin(self, connection: Connection, header: Header) -> dict[str, str]:
        return {name: f"the column '{name}' is not used" for name in header.extra}

    def read(self, row: Row) -> Listed:
        email = (row.need("email", addresses.normalise_email) or "").lower()
        return Listed(row, email, row.need("created", _instant), row.text("reason") or "")

    def is_later(self, listed: Listed) -> bool:
        return False

    def store(self, connection: Connection, wanted: Sequence[Listed]) -> Stored:
        good = [one for one in wanted if not one.row.faults]
        news = [one for one in good if not self._speaks_for_the_address(one)]
        hashes = {one.email: address_hash(self._settings.signing_key, one.email) for one in news}
        known = _known(connection, set(hashes.values()))
        reason = _REASONS[self._of]
        new = [one for one in news if not _is_known(one, reason, known.get(hashes[one.email]))]
        _hold_all(connection, {one.email for one in new})
        for one in sorted(new, key=lambda one: one.email):
            self._leave_alone(connection, one, hashes[one.email])
        return Stored(len(new), 0, len(good) - len(new))

    def _speaks_for_the_address(self, one: Listed) -> bool:
        """A bounce over our own authentication, or a full mailbox."""
        if self._of is not ListOf.BOUNCES or not STILL_GOOD.search(one.reason):
            return False
        one.row.warn("reason", "reason: says nothing against the address, which stays in use")
        return True

    def _leave_alone(self, connection: Connection, one: Listed, hashed: str) -> None:
        at = min(one.at or self._now, self._now)
        source, reason = f"SendGrid's {self._of}", _REASONS[self._of]
        if self._of is not ListOf.BOUNCES:
            said = Said("email", None, one.email, source, one.row.place, at, reason=reason)
            opt_out(connection, said, settings=self._settings, now=self._now)
            return
        there = customers_at(connection, "email", one.email)
        suppress(
            connection, address_hash=hashed, channel="email", reason=reason, source=source, at=at
        )
        key = self._settings.signing_key
        reroute(connection, there, opted_out=False, signing_key=key, now=self._now)


def _known(connection: Connection, hashes: set[str]) -> dict[str, Any]:
    """What is left alone by mail, or was until that was lifted, by hash."""
    rows = connection.execute(
        select(Suppression).where(
            Suppression.channel == "email", Suppression.address_hash.in_(hashes)
        )
    )
    return {row.address_hash: row for row in rows}


def _is_known(one: Listed, reason: str, known: Any) -> bool:
    """Whether the record says as much already, or has heard a later word of theirs."""
    if known is None:
        return False
    if known.reason == "opt_out" != reason:  # which no later word of theirs takes back
        return False
    if known.lifted_at is not None:
        return one.at is not None and one.at <= known.lifted_at
    return known.scope == Scope.ALL and known.source not in SAID_BY_LINK


def _hold_all(connection: Connection, emails: Collection[str]) -> None:
    """Everybody of the chunk at once: locks are taken in the order of the gate's, by id."""
    theirs = select(Customer.id).where(one_of(Customer.email_key, "emails"))
    hold_customers(connection, connection.execute(theirs, {"emails": list(emails)}).scalars().all())


def _instant(text: str) -> datetime:
    """SendGrid gives seconds since 1970, or a time in UTC."""
    if text.isascii() and text.isdigit() and len(text) in (9, 10):
        return datetime.fromtimestamp(int(text), UTC)
    return cells.instant_of(cells.moment(text), "UTC")
