"""A template compiled once, and the place in its author's files where it fails."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.runtime import Context

from contacts.cadences.sandbox import DataEnvironment
from contacts.messages.columns import column_of
from contacts.messages.pieces import Piece
from contacts.messages.rendered import MessageError

OUTPUT_LIMIT = 256 * 1024
"""Characters of one rendered part."""

_FEW_VALUES = 200
"""Of so many, each as long as the record holds it, all fit into ten megabytes at once."""

_FILE = "<message>"
_NAME = re.compile(r"\b[a-z_]+(?:\.\w+)+")
_LINK = re.compile(r"""\blinks\s*(?:\.\s*|\[\s*['"])(\w+)""")
_FAILURES = (
    TemplateError, LookupError, AttributeError, TypeError, ValueError, ArithmeticError,
)  # fmt: skip


class Compiled:
    """One part of a message: subject, HTML, text."""

    def __init__(
        self,
        environment: DataEnvironment,
        pieces: Sequence[Piece],
        path: str,
        *,
        sources: Mapping[Path, str],  # of the files that the pieces are from
    ) -> None:
        source = "".join(piece.text for piece in pieces)
        self.links = frozenset(_LINK.findall(source))
        self._prints_much = source.count("{{") + source.count("~") > _FEW_VALUES
        self.path = path
        self._sources = sources
        self._lines = source.split("\n")
        self._places = _places(pieces, path)
        try:
            code = _code(environment, source)
        except TemplateSyntaxError as error:
            place = self._places[min(error.lineno, len(self._lines)) - 1]
            raise MessageError(*place, error.message or "cannot be read") from None
        except (RecursionError, SyntaxError, MemoryError):  # Python's own limits
            raise MessageError(path, 1, "has too many parts inside one another") from None
        self._template = Template.from_code(environment, code, {})

    def render(self, context: Mapping[str, Any]) -> str:
        # What Template.render does, without its copies of the context and of the traceback.
        template = self._template
        state = Context(template.environment, dict(context), template.name, template.blocks)
        try:
            pieces = template.root_render_func(state)
            text = "".join(self._bounded(pieces) if self._prints_much else pieces)
        except _FAILURES as error:
            raise self._clear(error, context) from None
        if len(text) > OUTPUT_LIMIT:
            raise self._too_long()
        return text

    def _bounded(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces, made one by one and none beyond the limit."""
        length = 0
        for piece in pieces:
            length += len(piece)
            if length > OUTPUT_LIMIT:
                raise self._too_long()
            yield piece

    def _too_long(self) -> MessageError:
        return MessageError(*self._places[0], f"is too long: more than {OUTPUT_LIMIT} characters")

    def _clear(self, error: Exception, context: Mapping[str, Any]) -> MessageError:
        number = min(self._failed_line(error), len(self._lines))
        path, line = self._places[number - 1]
        why = _why(error, self._lines[number - 1], context)
        column = column_of(self._sources.get(Path(path), ""), line, why)
        return MessageError(path, line, why, column=column)

    def _failed_line(self, error: Exception) -> int:
        line = 1
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == _FILE:
                line = self._template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


@lru_cache(maxsize=256)
def _code(environment: DataEnvironment, source: str) -> CodeType:
    """A message is read when it is checked and when it is sent: compiling is most of reading it."""
    return environment.compile(source, filename=_FILE)


def _places(pieces: Sequence[Piece], path: str) -> list[tuple[str, int]]:
    """For every line of the compiled source, the file and line of the first tag in it."""
    places: list[tuple[str, int]] = []
    here: tuple[str, int] | None = None
    last = (path, 1)
    for piece in pieces:
        last = (piece.path, piece.line)
        if piece.kind != "text" and here is None:
            here = last
        for number in range(1, piece.text.count("\n") + 1):
            places.append(here or last)
            here = None if piece.kind == "text" else (piece.path, piece.line + number)
    places.append(here or last)
    return places


def _why(error: Exception, source: str, context: Mapping[str, Any]) -> str:
    missing = [name for name in _NAME.findall(source) if _value(name, context) is None]
    if missing and isinstance(error, UndefinedError | TypeError | ValueError):
        name = missing[0]
        return (
            f"{name} is not known for every customer; write {{{{ {name}|default('…') }}}} "
            f"or put {{% if {name} %}} around it"
        )
    return (str(error).splitlines() or [type(error).__name__])[0]


def _value(name: str, context: Mapping[str, Any]) -> Any:
    value: Any = context
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
