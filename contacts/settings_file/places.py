"""Where each key and value of a TOML text stands, which Python's own reader does not tell."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Loc = tuple[str | int, ...]
"""Where a value is in the data: ("owners", 1, "email")."""

_TOKEN = re.compile(
    r"""
      [ \t\r]+ | \#[^\n]*
    | (?P<text> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<mark> [\[\]{}=,.\n] )
    | (?P<bare> [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class Position(NamedTuple):
    line: int  # from 1
    column: int  # from 1


@dataclass(slots=True)
class Places:
    """The positions of keys (of a table: its header) and of values."""

    keys: dict[Loc, Position] = field(default_factory=dict)
    values: dict[Loc, Position] = field(default_factory=dict)
    repeated: list[Loc] = field(default_factory=list)
    """Keys given once more; `values` and `keys` have the last place of them."""

    def of_key(self, loc: Loc) -> Position | None:
        """Where the key is, or the nearest table that should hold it; None where neither is."""
        while loc and loc not in self.keys:
            loc = loc[:-1]
        return self.keys.get(loc)

    def of_value(self, loc: Loc) -> Position | None:
        return self.values.get(loc) or self.of_key(loc)


def toml_places(text: str) -> Places:
    """The places in a text that tomllib reads, or refuses only for a key that is given twice."""
    return _Reader(text).read()


def open_bracket(text: str, before: Position) -> Position | None:
    """The innermost [ or { that is not closed before a place of a text, whatever that text is."""
    opened: list[Position] = []
    for token in _tokens(text):
        if token.at >= before or token.kind == "end":
            break
        if token.kind == "mark" and token.text in "[{":
            opened.append(token.at)
        elif token.kind == "mark" and token.text in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else None


def last_name(loc: Loc) -> str:
    """The name that a value stands under, without the numbers of lists."""
    return next((part for part in reversed(loc) if isinstance(part, str)), "")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: Position


class _Reader:
    def __init__(self, text: str) -> None:
        self._places = Places()
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._table: Loc = ()
        self._tables: Counter[Loc] = Counter()
        """How many tables each list of tables has so far."""

    def read(self) -> Places:
        while self._next.kind != "end":
            if self._is("\n"):
                self._take()
            elif self._is("["):
                self._header()
            else:
                self._pair(self._table)
        return self._places

    def _header(self) -> None:
        at, depth = self._take().at, 1
        if self._is("["):
            self._take()
            depth = 2
        names = self._dotted()
        for _ in range(depth):
            self._take()
        self._table = self._within_lists(names[:-1]) + names[-1:]
        if depth == 2:
            self._tables[self._table] += 1
            self._places.keys.setdefault(self._table, at)
            self._table += (self._tables[self._table] - 1,)
        self._place(self._table, at)

    def _within_lists(self, names: Loc) -> Loc:
        """The table of these names; in a list of tables, its latest."""
        found: Loc = ()
        for name in names:
            found += (name,)
            if found in self._tables:
                found += (self._tables[found] - 1,)
        return found

    def _pair(self, table: Loc) -> None:
        at = self._next.at
        loc = table + self._dotted()
        self._place(loc, at)
        self._take()  # the =
        self._value(loc)

    def _dotted(self) -> Loc:
        names = [self._name()]
        while self._is("."):
            self._take()
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        token = self._take()
        return token.text[1:-1] if token.kind == "text" else token.text

    def _value(self, loc: Loc) -> None:
        self._places.values[loc] = self._next.at
        if self._is("["):
            self._items(loc)
        elif self._is("{"):
            self._pairs(loc)
        else:
            while self._next.kind != "end" and not self._is("\n", ",", "]", "}"):
                self._take()

    def _items(self, loc: Loc) -> None:
        self._take()
        number = 0
        while not self._is("]") and self._next.kind != "end":
            if self._is("\n", ","):
                self._take()
            else:
                self._value((*loc, number))
                number += 1
        self._take()

    def _pairs(self, loc: Loc) -> None:
        self._take()
        while not self._is("}") and self._next.kind != "end":
            if self._is("\n", ","):
                self._take()
            else:
                self._pair(loc)
        self._take()

    def _place(self, loc: Loc, at: Position) -> None:
        if loc in self._places.keys:
            self._places.repeated.append(loc)
        self._places.keys[loc] = at

    def _is(self, *marks: str) -> bool:
        return self._next.kind == "mark" and self._next.text in marks

    def _take(self) -> _Token:
        taken = self._next
        if taken.kind != "end":
            self._next = next(self._tokens)
        return taken


def _tokens(text: str) -> Iterator[_Token]:
    line, begins = 1, 0
    for found in _TOKEN.finditer(text):
        at = Position(line, found.start() - begins + 1)
        if found.lastgroup is not None:
            yield _Token(found.lastgroup, found.group(), at)
        line += found.group().count("\n")
        if "\n" in found.group():
            begins = found.start() + found.group().rindex("\n") + 1
    yield _Token("end", "", Position(line, len(text) - begins + 1))
