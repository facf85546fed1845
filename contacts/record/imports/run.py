"""Runs one file through an import: read, check, store chunk by chunk, report.

Each chunk is one transaction, so a run that is killed leaves whole rows, and the next run of the
same file takes in the rest. Under `strict` the whole file is one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from contacts.cadences.faults import Fault
from contacts.record.engine import writing
from contacts.record.imports.files import without_rows
from contacts.record.imports.header import Header
from contacts.record.imports.report import ImportReport, Stored
from contacts.record.imports.rows import Row, Table, open_table
from contacts.record.locks import hold_imports

CHUNK = 1_000  # rows; large enough that the commit costs little, small enough for any memory

Progress = Callable[[int, int], None]
"""Called after each chunk with the bytes read and the bytes in all."""


class Parsed(Protocol):
    @property
    def row(self) -> Row: ...


P = TypeVar("P", bound=Parsed)


class Importer(Protocol[P]):
    """What a kind of file knows about its rows."""

    columns: frozenset[str]
    required: tuple[str, ...]

    def begin(self, connection: Connection, header: Header) -> dict[str, str]: ...
    def read(self, row: Row) -> P: ...
    def is_later(self, parsed: P) -> bool: ...
    def store(self, connection: Connection, wanted: Sequence[P]) -> Stored: ...


class _Undo(Exception):
    """A strict import had a fault."""


def run_import(
    engine: Engine,
    path: Path,
    importer: Importer[P],
    *,
    strict: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the file; raise FaultyFile where it is refused whole, RecordError for the database."""
    with open_table(path, importer.columns, importer.required) as table:
        report = ImportReport(file=str(path))
        with writing(engine) as connection:
            _note_columns(report, table, importer.begin(connection, table.header))
        chunks = _chunks(table, importer, report, progress)
        if not strict:
            for chunk in chunks:
                with writing(engine) as connection:
                    _store(connection, importer, chunk, report)
            return report
        try:
            with writing(engine) as connection:
                for chunk in chunks:
                    _store(connection, importer, chunk, report)
                if report.refused:
                    raise _Undo
        except _Undo:
            report.nothing_went_in()
        return report


def _note_columns(report: ImportReport, table: Table, warnings: dict[str, str]) -> None:
    name = str(table.path)
    report.warn([Fault(name, 1, 1, message) for message in warnings.values()])


def _chunks(
    table: Table, importer: Importer[P], report: ImportReport, progress: Progress | None
) -> Iterator[list[P]]:
    """The rows that may go in, a chunk at a time; the others are counted."""
    rows = table.rows()
    first = True
    while chunk := list(islice(rows, CHUNK)):
        yield [parsed for row in chunk if (parsed := _read(row, importer, report)) is not None]
        first = False
        if progress is not None:
            progress(table.bytes_read, table.size)
    if first:
        raise without_rows(table.path)


def _read(row: Row, importer: Importer[P], report: ImportReport) -> P | None:
    report.rows += 1
    parsed = None if row.faults else importer.read(row)
    if row.faults or parsed is None:
        report.refuse(row.faults)
        return None
    if importer.is_later(parsed):
        report.later += 1
        return None
    return parsed


def _store(
    connection: Connection, importer: Importer[P], chunk: Sequence[P], report: ImportReport
) -> None:
    if not chunk:
        return
    hold_imports(connection)  # also so that nobody is erased between a look for them and an insert
    report.add(importer.store(connection, chunk))
    for parsed in chunk:
        report.warn(parsed.row.warnings)
        if parsed.row.faults:
            report.refuse(parsed.row.faults)
