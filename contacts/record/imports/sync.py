"""Imports what changed in a workspace's data folder since the last time."""

import hashlib
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from contacts.cadences.faults import FaultyFile
from contacts.record.engine import reading, writing
from contacts.record.imports.customers import CustomerImport
from contacts.record.imports.dealing_kinds import BENEFITS, CONTRACTS, ORDERS
from contacts.record.imports.dealings import DealingImport
from contacts.record.imports.report import ImportReport
from contacts.record.imports.run import run_import
from contacts.record.tables import ImportedFile
from contacts.settings import Settings

KINDS = {"orders.csv": ORDERS, "contracts.csv": CONTRACTS, "benefits.csv": BENEFITS}
# Customers first: everything else belongs to them.
NAMES = ("customers.csv", *KINDS)

_Limits = tuple[date | None, datetime | None]
"""The last day of joining, and the last instant of agreeing; None where there is none."""


def sync_folder(
    engine: Engine,
    folder: Path,
    *,
    settings: Settings,
    now: datetime,
    until: date | None = None,
    agreed_by: datetime | None = None,
) -> list[ImportReport]:
    """Import the files in `folder` that changed; return a report for each that was read.

    Customers who joined after `until`, or agreed after `agreed_by`, are left for later.
    A file that is refused whole has that as the only fault of its report, and is tried again next
    time; the other files go in.
    """
    reports = []
    limits = (until, agreed_by)
    for name in NAMES:
        path = folder / name
        if not path.is_file():
            continue
        state = _state(folder, name, settings, limits)
        if state == _imported(engine, name):
            continue
        try:
            reports.append(_import(engine, path, settings=settings, now=now, limits=limits))
        except FaultyFile as error:
            reports.append(ImportReport(file=str(path), faults=error.faults))
        else:
            _remember(engine, name, state, now)
    return reports


def _import(
    engine: Engine, path: Path, *, settings: Settings, now: datetime, limits: _Limits
) -> ImportReport:
    until, agreed_by = limits
    if path.name == "customers.csv":
        customers = CustomerImport(settings, now=now, until=until, agreed_by=agreed_by)
        return run_import(engine, path, customers)
    importer = DealingImport(
        KINDS[path.name], signing_key=settings.signing_key, now=now, until=until
    )
    return run_import(engine, path, importer)


def _state(folder: Path, name: str, settings: Settings, limits: _Limits) -> str:
    """A hash of all that decides what an import of this file does.

    An order refused for want of its customer goes in once the customer is in customers.csv.
    """
    digest = hashlib.sha256()
    for part in dict.fromkeys([name, NAMES[0]]):
        path = folder / part
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    assumed = (
        [owner.email for owner in settings.owners],
        settings.default_timezone,
        settings.default_locale,
        settings.default_country,
        limits,
    )
    digest.update(repr(assumed).encode())
    return digest.hexdigest()


def _imported(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        query = select(ImportedFile.sha256).where(ImportedFile.name == name)
        return connection.execute(query).scalar_one_or_none()


def _remember(engine: Engine, name: str, state: str, now: datetime) -> None:
    with writing(engine) as connection:
        connection.execute(delete(ImportedFile).where(ImportedFile.name == name))
        connection.execute(insert(ImportedFile), {"name": name, "sha256": state, "at": now})
