"""Turns a message's files in one language into compiled parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from contacts.cadences.allowed import Names
from contacts.cadences.faults import Fault
from contacts.cadences.sandbox import DataEnvironment, sandboxed_environment, template_faults
from contacts.messages.columns import placed
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


@dataclass(frozen=True, slots=True)
class Loaded:
    """A message in one language."""

    parts: dict[str, Compiled]  # subject, html and text; text; or title and text
    digest: str  # of everything it was made from


class Loader:
    """Reads the files of one message; knows what they may use and remembers what it read."""

    def __init__(self, shelf: Shelf, names: Names) -> None:
        self._shelf = shelf
        self._names = names
        self._sources: dict[Path, str] = {}
        self._html = _environment(autoescape=True)
        self._text = _environment(autoescape=False)

    def faults(self, path: Path) -> list[Fault]:
        """Everything that one file must not contain."""
        try:
            source = self._read(path)
        except MessageError as error:
            return [error.as_fault()]
        bases = BASE if path.suffix == ".html" else ""
        found = template_faults(source, names=self._names, filters=message_filters(), bases=bases)
        return placed(source, [Fault(str(path), one.line, 1, one.message) for one in found])

    def email(self, files: Parts) -> Loaded:
        subject, body = files["subject.txt"], files["body.html"]
        page = checked_markup(merged(self._pieces(body), self._layout))
        words = self._authored(files["body.txt"]) if "body.txt" in files else _derived(page)
        parts = {
            "subject": self._compiled(self._text, self._pieces(subject), subject),
            "html": self._compiled(self._html, styled(page, self._style_sheet()), body),
            "text": self._compiled(self._text, words, files.get("body.txt", body)),
        }
        return Loaded(parts, self._digest())

    def words(self, files: Parts) -> Loaded:
        """An SMS, or a brief with its title."""
        parts = {
            name: self._compiled(self._text, self._pieces(files[file]), files[file])
            for name, file in (("title", "title.txt"), ("text", "body.txt"))
            if file in files
        }
        return Loaded(parts, self._digest())

    def _read(self, path: Path) -> str:
        if path not in self._sources:
            self._sources[path] = self._shelf.read(path)
        return self._sources[path]

    def _pieces(self, path: Path) -> list[Piece]:
        if faults := self.faults(path):
            raise MessageError(faults[0].path, faults[0].line, faults[0].message)
        return pieces_of(self._text, self._read(path), str(path))

    def _layout(self, name: str) -> list[Piece]:
        path = self._shelf.base_file(name)
        if path is None:
            raise MessageError(name, 1, f"there is no '{name}' to extend; the layout is {BASE}")
        return self._pieces(path)

    def _authored(self, path: Path) -> list[Piece]:
        """A text written by hand, with the footer that the HTML has from its layout."""
        footer = self._shelf.base_file(TEXT_FOOTER)
        between = Piece("text", "\n\n", str(path), 1)
        return [*self._pieces(path), between, *(self._pieces(footer) if footer else [])]

    def _style_sheet(self) -> str:
        path = self._shelf.base_file(STYLE_SHEET)
        return self._read(path) if path else ""

    def _compiled(
        self, environment: DataEnvironment, pieces: Sequence[Piece], path: Path
    ) -> Compiled:
        """What was put together is checked once more: its parts may read differently as a whole."""
        source = "".join(piece.text for piece in pieces)
        if found := template_faults(source, names=self._names, filters=message_filters(), bases=""):
            raise MessageError(str(path), 1, f"cannot be put together: {found[0].message}")
        return Compiled(environment, pieces, str(path))

    def _digest(self) -> str:
        words = "\0".join(self._sources[path] for path in sorted(self._sources))
        return sha256(words.encode()).hexdigest()


def _environment(*, autoescape: bool) -> DataEnvironment:
    environment = sandboxed_environment(autoescape=autoescape)
    environment.filters.update(message_filters())
    return environment


def _derived(page: Sequence[Piece]) -> list[Piece]:
    # With lxml behind it 8 MB, for the messages whose text nobody wrote.
    from contacts.messages.plain import plain

    return plain(page)
