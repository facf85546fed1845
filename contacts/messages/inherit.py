"""Puts a message's blocks into the layout it extends, once, when the message is loaded."""

import re
from collections.abc import Callable, Iterator, Sequence

from contacts.messages.pieces import Piece
from contacts.messages.rendered import MessageError

LEVELS = 5
"""How many layouts may extend one another; three is the most we have seen."""

Blocks = dict[str, list[Piece]]


def merged(pieces: list[Piece], read: Callable[[str], list[Piece] | None]) -> list[Piece]:
    """The pieces of the outermost layout, with the innermost version of every block in place.

    `read` gives the pieces of a layout by the name that `extends` uses; None where there is none.
    """
    chain = [pieces]
    while (extends := _extends(chain[-1])) is not None:
        if len(chain) > LEVELS:
            raise _error(extends, "the layouts extend one another without an end")
        name = _base_name(extends)
        layout = read(name)
        if layout is None:
            known = f"{name.rpartition('/')[0]}/layout.html"
            raise _error(extends, f"there is no '{name}' to extend; the layout is {known}")
        chain.append(layout)
    blocks: Blocks = {}
    for level, one in enumerate(chain):
        found = dict(_blocks(one))
        if level < len(chain) - 1:
            _check_inner(one, found, chain[level + 1 :])
        blocks = found | blocks
    return list(_expanded(chain[-1], blocks, frozenset()))


def _extends(pieces: list[Piece]) -> Piece | None:
    first = next((piece for piece in pieces if piece.text.strip()), None)
    for piece in pieces:
        if piece.kind == "statement" and piece.words[0] == "extends":
            if piece is not first:
                raise _error(piece, "'extends' must be the first thing in the file")
            return piece
    return None


def _base_name(extends: Piece) -> str:
    match = re.search(r"""(['"])(.+?)\1""", extends.text)
    if match is None:
        raise _error(extends, "'extends' needs the layout's name in quotes")
    return match[2]


def _blocks(pieces: Sequence[Piece]) -> Iterator[tuple[str, list[Piece]]]:
    for index, piece in enumerate(pieces):
        if _is_block(piece):
            yield piece.words[1], list(pieces[index + 1 : _end_of(pieces, index)])


def _check_inner(pieces: list[Piece], blocks: Blocks, outer: list[list[Piece]]) -> None:
    """Words that would never be shown are a mistake of whoever wrote them."""
    known = {name for one in outer for name, _ in _blocks(one)}
    depth = 0
    for piece in pieces:
        if _is_block(piece):
            if depth == 0 and piece.words[1] not in known:
                there = ", ".join(sorted(known))
                raise _error(piece, f"the layout has no block '{piece.words[1]}'; it has {there}")
            depth += 1
        elif _is_endblock(piece):
            depth -= 1
        elif depth == 0 and piece.text.strip() and not _says_extends(piece):
            raise _error(piece, "words outside a block are not shown; put them into a block")


def _expanded(pieces: Sequence[Piece], blocks: Blocks, inside: frozenset[str]) -> Iterator[Piece]:
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        if not _is_block(piece):
            yield piece
            index += 1
            continue
        name = piece.words[1]
        if name in inside:
            raise _error(piece, f"the block '{name}' stands inside itself")
        yield from _expanded(blocks[name], blocks, inside | {name})
        index = _end_of(pieces, index) + 1


def _end_of(pieces: Sequence[Piece], start: int) -> int:
    depth = 0
    for index in range(start, len(pieces)):
        depth += _is_block(pieces[index]) - _is_endblock(pieces[index])
        if depth == 0:
            return index
    raise _error(pieces[start], "this block has no end")


def _is_block(piece: Piece) -> bool:
    return piece.kind == "statement" and piece.words[0] == "block"


def _is_endblock(piece: Piece) -> bool:
    return piece.kind == "statement" and piece.words[0] == "endblock"


def _says_extends(piece: Piece) -> bool:
    return piece.kind == "statement" and piece.words[0] == "extends"


def _error(piece: Piece, message: str) -> MessageError:
    return MessageError(piece.path, piece.line, message)
