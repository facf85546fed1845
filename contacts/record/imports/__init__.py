"""Imports: customers, orders, contracts and benefits from CSV files, as often as anyone likes."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from contacts.record.imports.customers import CustomerImport
from contacts.record.imports.dealing_kinds import BENEFITS, CONTRACTS, ORDERS
from contacts.record.imports.dealings import DealingImport
from contacts.record.imports.report import ImportReport
from contacts.record.imports.run import Progress, run_import
from contacts.record.imports.sync import sync_folder
from contacts.settings import Settings

__all__ = [
    "ImportReport",
    "Progress",
    "import_benefits",
    "import_contracts",
    "import_customers",
    "import_orders",
    "sync_folder",
]


def import_customers(  # noqa: PLR0913  # how an import runs is said in one call
    engine: Engine,
    path: Path,
    *,
    settings: Settings,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
    until: date | None = None,
) -> ImportReport:
    """Import customers; under `strict` nothing goes in unless every row is good.

    Rows who joined after `until` are left for later. Raises FaultyFile where the file is refused
    whole, RecordError where the record cannot be used.
    """
    importer = CustomerImport(settings, now=now, until=until)
    return run_import(engine, path, importer, strict=strict, progress=progress)


def import_orders(  # noqa: PLR0913  # how an import runs is said in one call
    engine: Engine,
    path: Path,
    *,
    settings: Settings,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
    until: date | None = None,
) -> ImportReport:
    """Import orders of known customers; otherwise as `import_customers`."""
    key = settings.signing_key
    importer = DealingImport(ORDERS, signing_key=key, now=now, until=until)
    return run_import(engine, path, importer, strict=strict, progress=progress)


def import_contracts(  # noqa: PLR0913  # how an import runs is said in one call
    engine: Engine,
    path: Path,
    *,
    settings: Settings,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
    until: date | None = None,
) -> ImportReport:
    """Import contracts of known customers; otherwise as `import_customers`."""
    key = settings.signing_key
    importer = DealingImport(CONTRACTS, signing_key=key, now=now, until=until)
    return run_import(engine, path, importer, strict=strict, progress=progress)


def import_benefits(  # noqa: PLR0913  # how an import runs is said in one call
    engine: Engine,
    path: Path,
    *,
    settings: Settings,
    now: datetime,
    strict: bool = False,
    progress: Progress | None = None,
    until: date | None = None,
) -> ImportReport:
    """Import benefits of known customers; otherwise as `import_customers`."""
    key = settings.signing_key
    importer = DealingImport(BENEFITS, signing_key=key, now=now, until=until)
    return run_import(engine, path, importer, strict=strict, progress=progress)
