"""In which column of its line a fault of a template stands, which Jinja does not tell.

A fault's message names the word that is wrong. Where the line has that word once, that is the
place; where it may be one of several, nobody can know, and the line alone is told.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from contacts.cadences.faults import Fault

_TAG = re.compile(r"\{[{%].*?(?:[%}]\}|$)")
_AT = re.compile(r"^(unexpected char .+) at (\d+)$")
_OPENED = re.compile("end of template, expected 'end of (print statement|statement block)'")
_ONE_BRACKET = "unexpected '}'"
_NO_WORD = re.compile("(?i)unexpected end of template|cannot be put together")
_GOT = re.compile(r"got '(\w+)'")
_WORDS = (
    re.compile(r"^(<\w+)> is "),
    re.compile(r"^a loop over ([\w.]+) is "),
    re.compile(r"^([\w.]+):? (?:is|name) "),
    re.compile("got '([^']+)'"),
    re.compile("'([^']+)'"),
)
"""Where a message has the word that is wrong; the first that fits counts."""


def placed(source: str, faults: list[Fault]) -> list[Fault]:
    """The same faults of the file with this text, each in its column where that can be known."""
    found: list[Fault] = []
    for _, same in groupby(sorted(faults)):
        alike = list(same)
        columns, message = _columns(source, alike[0])
        known = columns if len(columns) == len(alike) else [1] * len(alike)
        found += [
            Fault(one.path, one.line, at, message) for one, at in zip(alike, known, strict=True)
        ]
    return found


def column_of(source: str, line: int, message: str) -> int:
    """The column, from 1, of what this message says about a line of the text; 1 if not known."""
    columns = list(_places(_line(source, line), message))
    return columns[0] if len(columns) == 1 else 1


def _columns(source: str, fault: Fault) -> tuple[list[int], str]:
    """The columns in which the fault may be, and its message without a place of Jinja's own."""
    if told := _AT.match(fault.message):
        position = int(told[2])
        return [position - source.rfind("\n", 0, position)], told[1]
    return list(_places(_line(source, fault.line), fault.message)), fault.message


def _line(source: str, number: int) -> str:
    lines = source.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _places(line: str, message: str) -> Iterator[int]:
    """Where the line has the word that the message names: in its tags, or else outside of them."""
    wanted = _pattern(message)
    if wanted is None:
        return
    tags = [found.span() for found in _TAG.finditer(line)]
    places = [found.start() for found in wanted.finditer(line)]
    inside = [at for at in places if any(begin <= at < end for begin, end in tags)]
    yield from (at + 1 for at in inside or places)


def _pattern(message: str) -> re.Pattern[str] | None:
    if opened := _OPENED.search(message):
        return re.compile(re.escape("{{" if opened[1] == "print statement" else "{%"))
    if _NO_WORD.search(message):
        return None
    if message.startswith(_ONE_BRACKET):
        return re.compile(r"(?<!\})\}(?!\})")
    if got := _GOT.search(message):  # one token; what is joined to it came later
        return re.compile(rf"(?<![\w.]){got[1]}(?!\w)")
    word = next((found[1] for form in _WORDS if (found := form.search(message))), None)
    return _whole(word) if word else None


def _whole(word: str) -> re.Pattern[str]:
    """The word, but not as a part of a longer one; a name also as `customer["name"]`."""
    first, *parts = word.split(".") if re.fullmatch(r"\w+(?:\.\w+)+", word) else [word]
    before = r"(?<![\w.])" if re.match(r"\w", word) else ""
    after = r"(?![\w.])" if re.search(r"\w$", word) else ""
    rest = (rf"(?:\.{one}|\[\s*(?:'{one}'|\"{one}\")\s*\])" for one in parts)
    return re.compile("".join([before, re.escape(first), *rest, after]))
