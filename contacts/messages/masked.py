"""A message's source with every tag of Jinja hidden behind one character of private use.

So HTML tools can read it, and the tags come back untouched afterwards.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from contacts.messages.pieces import Piece

_FIRST = 0xF0000
MASK = "\U000f0000-\U0010ffff"
"""The characters of private use that stand for pieces, as the inside of a character class."""

_MASKS = re.compile(f"[{MASK}]")


def mask(pieces: Sequence[Piece]) -> str:
    """The text of the pieces, with one character for each that is not text."""
    return "".join(
        _MASKS.sub("", piece.text) if piece.kind == "text" else chr(_FIRST + index)
        for index, piece in enumerate(pieces)
    )


def unmask(text: str, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces again, with the words of `text` between them."""
    found: list[Piece] = []
    path, line = (pieces[0].path, pieces[0].line) if pieces else ("", 1)
    last = 0
    for match in _MASKS.finditer(text):
        found.append(Piece("text", text[last : match.start()], path, line))
        piece = pieces[number_of(match[0])]
        found.append(piece)
        path, line = piece.path, piece.line
        last = match.end()
    found.append(Piece("text", text[last:], path, line))
    return [piece for piece in found if piece.text]


def number_of(character: str) -> int:
    """Which piece a character of private use stands for."""
    return ord(character) - _FIRST


def masks_in(text: str) -> list[str]:
    return _MASKS.findall(text)


def without_masks(text: str) -> str:
    return _MASKS.sub("", text)


def place_of(position: int, pieces: Sequence[Piece]) -> tuple[str, int]:
    """Path and line of a position in the masked text."""
    begin = 0
    for piece in pieces:
        length = len(_MASKS.sub("", piece.text)) if piece.kind == "text" else 1
        if position < begin + length:
            inside = piece.text[: position - begin] if piece.kind == "text" else ""
            return piece.path, piece.line + inside.count("\n")
        begin += length
    return (pieces[-1].path, pieces[-1].line) if pieces else ("", 1)


def filtered(piece: Piece, name: str) -> Piece:
    """A print with one more filter on the whole of its expression."""
    inner = re.sub(r"^\{\{[-+]?|[-+]?\}\}$", "", piece.text)
    return replace(piece, text="{{ (" + inner.strip() + ")|" + name + " }}")
