"""What is wrong with the data folder's files by themselves; writes nothing and asks no record.

So it does not see what only an import does: a customer or a number twice, an owner or a customer
whom nobody knows, a date that is still to come.
"""

from itertools import islice
from pathlib import Path

from contacts.cadences.faults import FaultyFile
from contacts.record.imports.customer_rows import COLUMNS, REQUIRED, read_customer
from contacts.record.imports.dealings import read_dealing
from contacts.record.imports.files import without_rows
from contacts.record.imports.report import ImportReport
from contacts.record.imports.rows import Row, Table, open_table
from contacts.record.imports.sync import KINDS, NAMES
from contacts.settings import Settings

MOST_ROWS = 50_000  # of each file; three seconds


def look_at_folder(folder: Path, *, settings: Settings) -> list[ImportReport]:
    """A report for each file that `sync_folder` would read: its first rows, and who is refused.

    A file that is refused whole has that as the only fault of its report.
    """
    return [_look(folder / name, settings) for name in NAMES if (folder / name).is_file()]


def _look(path: Path, settings: Settings) -> ImportReport:
    kind = KINDS.get(path.name)
    columns, required = (COLUMNS, REQUIRED) if kind is None else (kind.columns, kind.required)
    report = ImportReport(file=str(path))
    try:
        with open_table(path, columns, required) as table:
            for row in islice(table.rows(), MOST_ROWS):
                _note(row, table, settings, report)
    except FaultyFile as error:
        return ImportReport(file=str(path), faults=error.faults)
    if not report.rows:
        report.faults = without_rows(path).faults
    return report


def _note(row: Row, table: Table, settings: Settings, report: ImportReport) -> None:
    report.rows += 1
    if not row.faults:
        _read(row, table, settings)
    if row.faults:
        report.refuse(row.faults)


def _read(row: Row, table: Table, settings: Settings) -> None:
    if (kind := KINDS.get(table.path.name)) is not None:
        read_dealing(row, kind)
    else:
        country, extra = settings.default_country, table.header.extra
        read_customer(row, default_country=country, extra=extra)
