"""What is wrong with the quotes of a row that cannot be taken apart, and at which of them."""

import csv
from collections.abc import Iterator

from contacts.cadences.faults import Fault

_REMEDY = 'put a " at the end of its cell, or take this one away'


def quoting_fault(path: str, first: int, written: str, error: str) -> Fault:
    """The fault of a row that begins in line `first` and was read as far as `written`.

    `error` is what the csv module says of it.
    """
    broken = _broken(written)
    opened, closed = broken or (0, 0)
    line, column = _place(written, opened, first)
    if "field limit" in error:
        return Fault(path, line, column, _too_long(line, is_quoted=broken is not None))
    if "unexpected end" in error:
        return Fault(
            path, line, column, f"the quote opened in line {line} is never closed; {_REMEDY}"
        )
    ends, where = _place(written, closed, first)
    if ends == line:
        return Fault(path, line, where, 'a quote inside a quoted cell must be doubled: write ""')
    closes = f"closes only in line {ends}, in the midst of a cell"
    return Fault(path, line, column, f"the quote opened in line {line} {closes}; {_REMEDY}")


def running_on(first: int, written: str) -> str:
    """What to ask where a quoted cell takes more than one line; empty where none does."""
    for opened, closed in _quoted(written):
        if "\n" in written[opened:closed]:
            line, _ = _place(written, opened, first)
            return f"is the quote opened in line {line} closed where its cell ends?"
    return ""


def _too_long(line: int, *, is_quoted: bool) -> str:
    longest = f"longer than {csv.field_size_limit()} characters"
    if is_quoted:
        return f"the cell whose quote opened in line {line} is {longest}; is it closed? {_REMEDY}"
    return f"a cell is {longest}"


def _broken(written: str) -> tuple[int, int] | None:
    """The quote with which a cell begins that cannot be read, and the one that closes it."""
    for opened, closed in _quoted(written):
        if written[closed + 1 : closed + 2] not in (",", "\n", "\r"):
            return opened, closed
    return None


def _quoted(written: str) -> Iterator[tuple[int, int]]:
    """Every cell in quotes, from its first to its last; where none closes it, the end of all."""
    at = 0
    while at < len(written):
        if written[at] == '"':
            closed = _closing(written, at)
            yield at, closed
            at = closed
        ends = [found for mark in ",\r\n" if (found := written.find(mark, at)) >= 0]
        at = min(ends, default=len(written)) + 1


def _closing(written: str, opened: int) -> int:
    at = opened + 1
    while (at := written.find('"', at)) >= 0:
        if written[at + 1 : at + 2] != '"':
            return at
        at += 2  # a doubled quote is a letter
    return len(written)


def _place(written: str, position: int, first: int) -> tuple[int, int]:
    before = written[:position]
    return first + before.count("\n"), position - before.rfind("\n")
