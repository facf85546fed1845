"""Takes a template's source apart into words and tags, each with the place it came from.

Inheritance, style sheets and plain text are worked out on pieces when a message is loaded, so that
rendering it later is one pass through compiled code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from jinja2 import Environment

Kind = Literal["text", "print", "statement", "comment", "raw"]

_BEGINNINGS: dict[str, Kind] = {
    "variable_begin": "print",
    "block_begin": "statement",
    "comment_begin": "comment",
    "raw_begin": "raw",
}
_ENDS = frozenset({"variable_end", "block_end", "comment_end", "raw_end"})


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str  # as written, with its braces
    path: str
    line: int  # from 1, where it begins

    @property
    def words(self) -> list[str]:
        """A statement's words: `{% block content %}` has block and content."""
        return self.text.strip("{}%-+ \t\n").split()


def pieces_of(environment: Environment, source: str, path: str) -> list[Piece]:
    """The pieces of a source without syntax errors; notes and the lines they leave empty are gone.

    A statement alone on its line takes the whole line with it, so that choosing between lines
    leaves no empty ones behind.
    """
    pieces = list(_lexed(environment, source, path))
    return [piece for piece in _tidied(pieces) if piece.kind != "comment" and piece.text]


def _lexed(environment: Environment, source: str, path: str) -> Iterator[Piece]:
    kind: Kind = "text"
    words: list[str] = []
    begin = 1
    for line, token, value in environment.lex(source):
        if token in _BEGINNINGS:
            kind, words, begin = _BEGINNINGS[token], [], line
        words.append(value)
        if kind == "text":
            yield Piece("text", value, path, line)
            words = []
        elif token in _ENDS:
            yield Piece(kind, "".join(words), path, begin)
            kind, words = "text", []


def _tidied(pieces: list[Piece]) -> list[Piece]:
    """Removes the rest of every line that holds nothing but statements and notes."""
    tidy = list(pieces)
    for start, end in _runs(pieces):
        if not (_begins_line(pieces[:start]) and _ends_line(pieces[end:])):
            continue
        if start:
            tidy[start - 1] = replace(tidy[start - 1], text=tidy[start - 1].text.rstrip(" \t"))
        if end < len(tidy):
            rest = tidy[end].text.partition("\n")[2]
            tidy[end] = replace(tidy[end], text=rest, line=tidy[end].line + 1)
    return tidy


def _begins_line(before: Sequence[Piece]) -> bool:
    if not before:
        return True
    _, newline, words = before[-1].text.rpartition("\n")
    return not words.strip() and (bool(newline) or len(before) == 1)


def _ends_line(after: Sequence[Piece]) -> bool:
    if not after:
        return True
    words, newline, _ = after[0].text.partition("\n")
    return not words.strip() and (bool(newline) or len(after) == 1)


def _runs(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Where statements and notes follow one another: from the first, to after the last."""
    runs = []
    start = 0
    for quiet, group in groupby(pieces, key=lambda piece: piece.kind in ("statement", "comment")):
        end = start + len(list(group))
        if quiet:
            runs.append((start, end))
        start = end
    return runs
