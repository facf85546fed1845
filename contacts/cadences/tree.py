"""Reads a YAML text into plain data and remembers where every key and value stands.

Everything plain is text, so that 09:00 is no number of minutes, `on` no boolean and NO a country;
the model turns texts into numbers where it wants them. Only what `safe_load` could build is read:
no tags, no anchors or aliases, one document, mappings whose keys are texts and given once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml import events

from contacts.cadences.faults import shown
from contacts.cadences.syntax import Mistake, explain_syntax

Loc = tuple[str | int, ...]
"""Where a value is in the data: ("steps", 2, "after")."""

DEPTH_LIMIT = 20
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NO_KEY = "a key must be a plain text; a value that begins with { or [ may need quotes"


class Unreadable(Exception):
    """The text is no YAML document that we read; nothing after this place was looked at."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


class Extent(NamedTuple):
    """Where a key or value stands; lines and columns from 1, `start` and `end` in the text."""

    line: int
    column: int
    start: int
    end: int


@dataclass(slots=True)
class Tree:
    """Plain data (dict, list, str, None), with the place of all of it and what is wrong so far."""

    text: str
    data: Any = None
    values: dict[Loc, Extent] = field(default_factory=dict)
    keys: dict[Loc, Extent] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    faulty: set[Loc] = field(default_factory=set)
    """Values about which a mistake is already told."""

    def value_at(self, loc: Loc, offset: int | None = None) -> tuple[int, int]:
        """Line and column of a value, or of what should hold it; `offset` counts inside a text."""
        while loc and loc not in self.values:
            loc = loc[:-1]
        extent = self.values.get(loc)
        if extent is None:
            return 1, 1
        shift = 0 if offset is None else self._shift(loc, extent, offset)
        return extent.line, extent.column + shift

    def key_at(self, loc: Loc) -> tuple[int, int]:
        """Line and column of the key that a value stands under."""
        extent = self.keys.get(loc)
        return (extent.line, extent.column) if extent else self.value_at(loc)

    def get(self, loc: Loc) -> Any:
        """The value there, None where there is none."""
        found = self.data
        for part in loc:
            if isinstance(found, dict):
                found = found.get(part)
            elif isinstance(found, list) and isinstance(part, int) and part < len(found):
                found = found[part]
            else:
                return None
        return found

    def covers(self, loc: Loc) -> bool:
        """Whether a mistake was already told there or around it."""
        return any(loc[:length] in self.faulty for length in range(len(loc) + 1))

    def _shift(self, loc: Loc, extent: Extent, offset: int) -> int:
        """The offset in the line; 0 where quoting or folding hides where a character stands."""
        value, raw = self.get(loc), self.text[extent.start : extent.end]
        if not isinstance(value, str) or "\n" in raw:
            return 0
        before = raw.find(value)
        return before + offset if before >= 0 else 0


def read_tree(text: str) -> Tree:
    """The tree of a text of one YAML document; Unreadable where it cannot be read to its end."""
    tree = Tree(text)
    try:
        _read_document(tree, iter(yaml.parse(tree.text, Loader=yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise Unreadable(explain_syntax(tree.text, error)) from None
    return tree


def _read_document(tree: Tree, stream: Iterator[Any]) -> None:
    next(stream)  # the start of the stream
    if isinstance(next(stream), events.StreamEndEvent):
        return
    tree.data = _value(tree, next(stream), stream, ())
    next(stream)  # the end of the document
    after = next(stream)
    if not isinstance(after, events.StreamEndEvent):
        message = "a file holds one document; move what follows '---' to a file of its own"
        raise Unreadable(_mistake(_extent(after), message))


def _value(tree: Tree, event: Any, stream: Iterator[Any], loc: Loc) -> Any:
    tree.values[loc] = extent = _extent(event)
    if len(loc) > DEPTH_LIMIT:
        raise Unreadable(_mistake(extent, f"nested deeper than {DEPTH_LIMIT} levels"))
    if message := _forbidden(event):
        _tell(tree, extent, message, loc)
    if isinstance(event, events.MappingStartEvent):
        return _mapping(tree, stream, loc)
    if isinstance(event, events.SequenceStartEvent):
        return _sequence(tree, stream, loc)
    if isinstance(event, events.ScalarEvent):
        return None if event.implicit[0] and event.value in _NULLS else str(event.value)
    return None  # an alias


def _forbidden(event: Any) -> str | None:
    if isinstance(event, events.AliasEvent):
        return "an alias is not allowed; write the value again, or quote a text with a '*' in front"
    if event.anchor is not None:
        return f"the anchor &{event.anchor} is not allowed; quote a text with a '&' in front"
    if event.tag not in (None, "!"):
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        return f"the tag {tag} is not allowed; write the plain value"
    return None


def _sequence(tree: Tree, stream: Iterator[Any], loc: Loc) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(stream), events.SequenceEndEvent):
        place = (*loc, len(items))
        items.append(_value(tree, event, stream, place))
        if items[-1] is None and not tree.covers(place):
            _tell(tree, tree.values[place], "an empty item; write one, or take the '-' out", place)
    return items


def _mapping(tree: Tree, stream: Iterator[Any], loc: Loc) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    while not isinstance(event := next(stream), events.MappingEndEvent):
        extent = _extent(event)
        if not isinstance(event, events.ScalarEvent):
            raise Unreadable(_mistake(extent, _forbidden(event) or _NO_KEY))
        key = str(event.value)
        place = (*loc, key)
        if message := _forbidden(event):
            _tell(tree, extent, message, place)
        if key in entries:
            first = tree.keys[place].line
            message = (
                f"the key {shown(key)} is given twice, first in line {first}; keep one of them"
            )
            tree.mistakes.append(_mistake(extent, message))
            _value(Tree(""), next(stream), stream, place)  # read over, whatever is wrong with it
            continue
        tree.keys[place] = extent
        entries[key] = _value(tree, next(stream), stream, place)
        if entries[key] is None and not tree.covers(place):
            hint = "is a space missing after the ':'?" if ":" in key else "write one"
            _tell(tree, extent, f"{shown(key)} has no value; {hint}, or take it out", place)
    return entries


def _tell(tree: Tree, extent: Extent, message: str, loc: Loc) -> None:
    tree.mistakes.append(_mistake(extent, message))
    tree.faulty.add(loc)


def _extent(event: Any) -> Extent:
    start, end = event.start_mark, event.end_mark
    return Extent(start.line + 1, start.column + 1, start.index, end.index)


def _mistake(extent: Extent, message: str) -> Mistake:
    return Mistake(extent.line, extent.column, message)
