"""The header of a CSV file: which column is where, and what else a file without one might be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_OTHER_KINDS = {
    "orders": {"order_id", "ordered_at"},
    "contracts": {"contract_id", "ends_on"},
    "benefits": {"benefit_id", "given_on"},
}
"""Columns by which a file of another kind than was asked for is known."""
_DELIMITERS = {";": "semicolons (;)", "\t": "tabs", "|": "bars (|)"}


@dataclass(frozen=True, slots=True)
class Header:
    index: dict[str, int]  # name of the column -> its place from 0
    extra: tuple[str, ...]  # columns we have no name for; a customer keeps them as attributes
    nameless: tuple[int, ...]  # places of columns without a name
    width: int


def read_header(cells: Sequence[str], known: frozenset[str], required: tuple[str, ...]) -> Header:
    """Understand the first row; ValueError says what is wrong with it."""
    names = [_plain(cell) for cell in cells]
    if not known.intersection(names):
        raise ValueError(_no_header(cells, known))
    for kind, theirs in _OTHER_KINDS.items():
        if theirs.issubset(names) and known.isdisjoint(theirs) and known & {*names} <= {"email"}:
            raise ValueError(
                f"these are the columns of {kind}: 'touchline import {kind} FILE', or in data/ the "
                f"name {kind}.csv"
            )
    index: dict[str, int] = {}
    for place, name in enumerate(names):
        if name and name in index:
            raise ValueError(
                f"the header has the column '{name}' twice, as {index[name] + 1} and {place + 1}"
            )
        if name:
            index[name] = place
    for need in required:
        if not any(name in index for name in need.split("|")):
            raise ValueError(_missing(need, index, known))
    return Header(
        index=index,
        extra=tuple(name for name in index if name not in known),
        nameless=tuple(place for place, name in enumerate(names) if not name),
        width=len(names),
    )


def meant(name: str, known: frozenset[str]) -> str | None:
    """The known column that this name probably misspells."""
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return near[0] if near else None


def _plain(cell: str) -> str:
    """ "First Name" and "first-name" are first_name, which a template can write."""
    return re.sub(r"\W+", "_", cell.strip().lower()).strip("_")[:64]


def _no_header(cells: Sequence[str], known: frozenset[str]) -> str:
    if cells and cells[0].lower().startswith("sep="):
        return f"{cells[0]} is a spreadsheet's own line; take it out, and save with commas"
    for delimiter, words in _DELIMITERS.items():
        if known.intersection(_plain(part) for cell in cells for part in cell.split(delimiter)):
            return f"the columns are separated by {words}; the delimiter must be a comma"
    wanted = ", ".join(sorted(known))
    return f"the header is missing: the first row must name the columns (any of {wanted})"


def _missing(need: str, index: dict[str, int], known: frozenset[str]) -> str:
    names = need.split("|")
    for given in index:
        if given not in known and meant(given, frozenset(names)):
            return f"the header has no column '{names[0]}'; did you mean it by '{given}'?"
    either = "' or '".join(names)
    return f"the header has no column '{either}'"
