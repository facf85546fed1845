"""Turns a message's files in one language into compiled parts."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from contacts.cadences.allowed import Names
from contacts.cadences.faults import Fault
from contacts.cadences.sandbox import (
    DataEnvironment,
    TemplateFault,
    sandboxed_environment,
    template_faults,
)
from contacts.messages.columns import column_of, placed
from contacts.messages.compiled import Compiled
from contacts.messages.filters import message_filters
from contacts.messages.inherit import merged
from contacts.messages.markup import checked_markup
from contacts.messages.pieces import Piece, pieces_of
from contacts.messages.rendered import MessageError
from contacts.messages.shelf import Parts, Shelf
from contacts.messages.styles import styled

BASE = "email/_base/"
LAYOUT = BASE + "layout.html"
STYLE_SHEET = BASE + "style.css"
TEXT_FOOTER = BASE + "footer.txt"
DOCUMENTS = "documents"

_Known = tuple[tuple[str, Collection[str] | None], ...]
"""Names that can be remembered by."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message in one language."""

    parts: dict[str, Compiled]  # subject, html and text; text; or title and text
    digest: str  # of everything it was made from


class Loader:
    """Reads the files of one message; knows what they may use and remembers what it read."""

    def __init__(self, shelf: Shelf, names: Names) -> None:
        self._shelf = shelf
        self._names = tuple(names.items())
        self._sources: dict[Path, str] = {}

    def faults(self, path: Path) -> list[Fault]:
        """Everything that one file must not contain."""
        try:
            source = self._read(path)
        except MessageError as error:
            return [error.as_fault()]
        bases = _bases_of(path)
        found = _faults_in(source, self._names, bases)
        return placed(source, [Fault(str(path), one.line, 1, one.message) for one in found])

    def email(self, files: Parts) -> Loaded:
        with self._columns():
            return self._email(files)

    def document(self, files: Parts) -> Loaded:
        """A page to print, with its title."""
        with self._columns():
            return self._document(files)

    def words(self, files: Parts) -> Loaded:
        """An SMS, or a brief with its title."""
        with self._columns():
            return self._words(files)

    def _email(self, files: Parts) -> Loaded:
        subject, body = files["subject.txt"], files["body.html"]
        page = tuple(checked_markup(merged(self._pieces(body), self._layout)))
        words = self._authored(files["body.txt"]) if "body.txt" in files else _derived(page)
        parts = {
            "subject": self._part(self._pieces(subject), subject),
            "html": self._part(_styled(page, self._style_sheet()), body, autoescape=True),
            "text": self._part(words, files.get("body.txt", body)),
        }
        return Loaded(parts, self._digest())

    def _document(self, files: Parts) -> Loaded:
        title, body = files["title.txt"], files["body.html"]
        page = checked_markup(merged(self._pieces(body), self._layout))
        parts = {
            "title": self._part(self._pieces(title), title),
            "html": self._part(page, body, autoescape=True),
        }
        return Loaded(parts, self._digest())

    def _words(self, files: Parts) -> Loaded:
        parts = {
            name: self._part(self._pieces(files[file]), files[file])
            for name, file in (("title", "title.txt"), ("text", "body.txt"))
            if file in files
        }
        return Loaded(parts, self._digest())

    @contextmanager
    def _columns(self) -> Iterator[None]:
        """Say in which column a file is wrong, as far as its text is known here."""
        try:
            yield
        except MessageError as error:
            source = self._sources.get(Path(error.path))
            if source is None or error.column > 1:
                raise
            column = column_of(source, error.line, error.message)
            raise MessageError(error.path, error.line, error.message, column=column) from None

    def _read(self, path: Path) -> str:
        if path not in self._sources:
            self._sources[path] = self._shelf.read(path)
        return self._sources[path]

    def _pieces(self, path: Path) -> list[Piece]:
        if faults := self.faults(path):
            first = faults[0]
            raise MessageError(first.path, first.line, first.message, column=first.column)
        return list(_pieces_in(self._read(path), str(path)))

    def _layout(self, name: str) -> list[Piece] | None:
        path = self._shelf.base_file(name)
        return None if path is None else self._pieces(path)

    def _authored(self, path: Path) -> list[Piece]:
        """A text written by hand, with the footer that the HTML has from its layout."""
        footer = self._shelf.base_file(TEXT_FOOTER)
        between = Piece("text", "\n\n", str(path), 1)
        return [*self._pieces(path), between, *(self._pieces(footer) if footer else [])]

    def _style_sheet(self) -> str:
        path = self._shelf.base_file(STYLE_SHEET)
        return self._read(path) if path else ""

    def _part(self, pieces: Sequence[Piece], path: Path, *, autoescape: bool = False) -> Compiled:
        """What was put together is checked once more: its parts may read differently as a whole."""
        source = "".join(piece.text for piece in pieces)
        if found := _faults_in(source, self._names, ""):
            raise MessageError(str(path), 1, f"cannot be put together: {found[0].message}")
        environment = _environment(autoescape=autoescape)
        return Compiled(environment, pieces, str(path), sources=self._sources)

    def _digest(self) -> str:
        words = "\0".join(self._sources[path] for path in sorted(self._sources))
        return sha256(words.encode()).hexdigest()


# What follows depends on its arguments alone, and a process meets the same ones again: a layout
# with every message, and every message when it is checked and when it is sent.


def _bases_of(path: Path) -> str:
    """Where the layouts are that a file may extend; a message's folder says of which kind it is."""
    if path.suffix != ".html":
        return ""
    return f"{DOCUMENTS}/_base/" if path.parent.parent.name == DOCUMENTS else BASE


@lru_cache(maxsize=512)
def _faults_in(source: str, names: _Known, bases: str) -> tuple[TemplateFault, ...]:
    filters = message_filters()
    return tuple(template_faults(source, names=dict(names), filters=filters, bases=bases))


@lru_cache(maxsize=256)
def _pieces_in(source: str, path: str) -> tuple[Piece, ...]:
    return tuple(pieces_of(_environment(autoescape=False), source, path))


@lru_cache(maxsize=64)
def _styled(page: tuple[Piece, ...], style_sheet: str) -> tuple[Piece, ...]:
    return tuple(styled(page, style_sheet))


@lru_cache(maxsize=64)
def _derived(page: tuple[Piece, ...]) -> tuple[Piece, ...]:
    # With lxml behind it 8 MB, for the messages whose text nobody wrote.
    from contacts.messages.plain import plain

    return tuple(plain(page))


@lru_cache(maxsize=2)
def _environment(*, autoescape: bool) -> DataEnvironment:
    environment = sandboxed_environment(autoescape=autoescape)
    environment.filters.update(message_filters())
    return environment
