"""A CSV file as rows that know where each of their cells stands.

Rows are read one by one, so a file may be larger than memory. A row keeps its text as written, from
which the place of a cell is found when something is wrong with it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from os.path import basename
from pathlib import Path
from typing import TypeVar

from contacts.cadences.faults import Fault, FaultyFile
from contacts.record.imports.files import check_text
from contacts.record.imports.header import Header, read_header
from contacts.record.imports.quoting import quoting_fault, running_on
from contacts.wording import so_many

T = TypeVar("T")

# Control characters, and invisible ones that turn the direction of text or hide in it. The joiners
# U+200C and U+200D stay allowed: Persian and Hindi names are written with them.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
# Our own export puts an apostrophe before a cell that a spreadsheet would take for a formula.
_ESCAPED_FORMULA = re.compile("'[=+\\-@\t\r\0\uff1d\uff0b\uff0d\uff20]")


class Row:
    """One row: its cells by column, and what is wrong with them."""

    __slots__ = ("_cells", "_header", "_path", "_written", "faults", "line", "warnings")

    def __init__(
        self, path: str, line: int, header: Header, cells: list[str], written: str
    ) -> None:
        self.line = line
        self.faults: tuple[Fault, ...] = ()
        self.warnings: tuple[Fault, ...] = ()
        self._path = path
        self._header = header
        self._cells = cells
        self._written = written

    @property
    def place(self) -> str:
        """File and line, as evidence: customers.csv:12."""
        return f"{basename(self._path)[-100:]}:{self.line}"

    def text(self, column: str) -> str | None:
        """The cell without the spaces round it; None where the file has no such column."""
        index = self._header.index.get(column)
        if index is None:
            return None
        cell = self._cells[index].strip()
        return cell[1:] if cell[:1] == "'" and _ESCAPED_FORMULA.match(cell) else cell

    def take(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The cell parsed; None where it is missing, blank, or refused by a ValueError."""
        text = self.text(column)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.fault(column, f"{column}: {error}")
            return None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        """As `take`, but a blank cell is a fault."""
        if not self.text(column):
            self.fault(column, f"{column} is blank; every row needs one")
            return None
        return self.take(column, parse)

    def fault(self, column: str, message: str) -> None:
        self.faults += (self._at(column, message),)

    def warn(self, column: str, message: str) -> None:
        self.warnings += (self._at(column, message),)

    def check_shape(self) -> None:
        """Find faults that no single column can see."""
        expected, found = self._header.width, len(self._cells)
        if found != expected:
            message = f"the row has {so_many(found, 'cell')} and the header {expected}"
            remedy = "a cell with a comma in it needs quotes round it"
            if found < expected:
                remedy = "a cell with nothing in it keeps its comma"
            remedy = running_on(self.line, self._written) or remedy
            self.faults += (Fault(self._path, self.line, 1, f"{message}; {remedy}"),)
            return
        if _FORBIDDEN.search(self._written):
            for index, cell in enumerate(self._cells):
                if _FORBIDDEN.search(cell):
                    message = "an invisible control character; type the cell anew"
                    self.faults += (self._place(index, message),)
        for index in self._header.nameless:
            if self._cells[index].strip():
                self.faults += (self._place(index, "a cell under a column without a name"),)

    def _at(self, column: str, message: str) -> Fault:
        index = self._header.index.get(column)
        if index is None:
            return Fault(self._path, self.line, 1, message)
        return self._place(index, message)

    def _place(self, index: int, message: str) -> Fault:
        line, column = _place_of(self._written, index)
        return Fault(self._path, self.line + line, column, message)


class Table:
    """An open CSV file whose header was understood."""

    def __init__(self, path: Path, header: Header, lines: "_Lines") -> None:
        self.path = path
        self.header = header
        self.size = path.stat().st_size
        self._lines = lines

    @property
    def bytes_read(self) -> int:
        """Of the text; what lies ahead in a buffer does not count."""
        return min(self._lines.bytes_read, self.size)

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank; one that cannot be taken apart comes with its fault."""
        name = str(self.path)
        reader = csv.reader(self._lines, strict=True)
        while True:
            self._lines.begin()
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield self._broken(name, str(error))
                if self._lines.taken > 1:
                    return  # where the quote ends is a guess, so is every row after it
                continue
            if cells is None:
                return
            if not "".join(cells).strip():
                continue
            row = Row(name, self._lines.first, self.header, cells, self._lines.text)
            row.check_shape()
            yield row

    def _broken(self, name: str, error: str) -> Row:
        row = Row(name, self._lines.first, self.header, [], self._lines.text)
        fault = quoting_fault(name, self._lines.first, self._lines.text, error)
        if self._lines.taken > 1:
            unread = "The rows from here on were not read"
            fault = replace(fault, message=f"{fault.message}. {unread}")
        row.faults = (fault,)
        return row


@contextmanager
def open_table(path: Path, known: frozenset[str], required: tuple[str, ...]) -> Iterator[Table]:
    """Open a CSV file; raise FaultyFile where it is refused whole.

    A `required` entry may name alternatives: "email|phone".
    """
    check_text(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _Lines(file)
        header = _first_row(path, lines, known, required)
        yield Table(path, header, lines)


def _first_row(
    path: Path, lines: "_Lines", known: frozenset[str], required: tuple[str, ...]
) -> Header:
    reader = csv.reader(lines, strict=True)
    lines.begin()
    try:
        cells = next((row for row in reader if any(cell.strip() for cell in row)), [])
    except csv.Error as error:
        fault = quoting_fault(str(path), lines.first, lines.text, str(error))
        raise FaultyFile([replace(fault, message=f"the header: {fault.message}")]) from None
    try:
        return read_header(cells, known, required)
    except ValueError as error:
        raise FaultyFile([Fault(str(path), lines.last, 1, str(error))]) from None


class _Lines:
    """The lines of a file, remembering those that the current row is made of."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._file = file
        self._taken: list[str] = []
        self.last = 0
        self.bytes_read = 0

    def begin(self) -> None:
        """A new row begins with the next line."""
        self._taken.clear()

    @property
    def taken(self) -> int:
        return len(self._taken)

    @property
    def first(self) -> int:
        return self.last - max(len(self._taken), 1) + 1

    @property
    def text(self) -> str:
        return self._taken[0] if len(self._taken) == 1 else "".join(self._taken)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self._taken.append(line)
        self.last += 1
        self.bytes_read += len(line) if line.isascii() else len(line.encode())
        return line


def _place_of(written: str, index: int) -> tuple[int, int]:
    """Lines below the row's first, and the column from 1, where its cell `index` begins."""
    line, column, quoted = 0, 1, False
    for character in written:
        if index == 0:
            break
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            index -= 1
        column += 1
        if character == "\n":
            line, column = line + 1, 1
    return line, column
