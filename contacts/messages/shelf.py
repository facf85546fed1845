"""Finds the files of messages: the workspace's own first, then the ones that come along."""

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from contacts.cadences.sandbox import SIZE_LIMIT
from contacts.messages.locales import DEFAULT, normal
from contacts.messages.rendered import MessageError

FOLDERS = {
    "email": "email",
    "sms": "sms",
    "call": "briefs",
    "visit": "briefs",
    "letter": "briefs",
    "brief": "briefs",
    "document": "documents",
}
"""The folder of each kind of message."""

REQUIRED = {
    "email": ("subject.txt", "body.html"),
    "sms": ("body.txt",),
    "briefs": ("title.txt", "body.txt"),
    "documents": ("title.txt", "body.html"),
}
"""What a language needs to count, by folder."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_TAG = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_WORD = re.compile(r"\w+")
_PART = re.compile(r"(subject|title|body)(?:\.([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*))?\.(txt|html)")

Parts = dict[str, Path]
"""A language's files by their name without the language: subject.txt, body.html, body.txt."""


class Shelf:
    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = list(folders)

    def names(self, folder: str) -> list[str]:
        """The messages there are, without layouts, in alphabetical order."""
        found = {
            path.name
            for root in self.folders
            for path in (root / folder).glob("*/")
            if path.is_dir() and _NAME.fullmatch(path.name)
        }
        return sorted(found)

    def find(self, folder: str, name: str) -> Path | None:
        """The message's folder in the first place that has it."""
        if not _NAME.fullmatch(name):
            return None
        places = (root / folder / name for root in self.folders)
        return next((place for place in places if place.is_dir()), None)

    def languages(self, place: Path) -> dict[str, Parts]:
        """The files of each language, complete or not; the default one has the empty name."""
        found: dict[str, Parts] = {}
        for path in sorted(place.iterdir()):
            if match := _PART.fullmatch(path.name):
                language = normal(match[2]) if match[2] else DEFAULT
                found.setdefault(language, {})[f"{match[1]}.{match[3]}"] = path
        return found

    def complete(self, folder: str, place: Path) -> dict[str, Parts]:
        """The languages that have all they need."""
        return {
            language: parts
            for language, parts in self.languages(place).items()
            if all(name in parts for name in REQUIRED[folder])
        }

    def missing(self, folder: str, name: str) -> str:
        """What to say about a message that is not there."""
        near = get_close_matches(name, self.names(folder), n=1)
        hint = f"did you mean '{near[0]}'? Otherwise make" if near else "make"
        files = " and ".join(REQUIRED[folder])
        return f"there is no message '{name}'; {hint} this folder with {files}"

    def groups_in(self, folder: str, name: str) -> frozenset[str]:
        """Every group that the files of a message, and the layouts of a mail, read from.

        They are among the words that stand in its tags.
        """
        place = self.find(folder, name)
        paths = [*place.iterdir()] if place else []
        if folder == "email":
            paths += [path for root in self.folders for path in (root / folder / "_base").glob("*")]
        texts = [self.read(path) for path in paths if path.suffix in (".txt", ".html")]
        tags = _TAG.findall("\n".join(texts))
        return frozenset(word for tag in tags for word in _WORD.findall(tag))

    def base_file(self, name: str) -> Path | None:
        """A shared file such as `email/_base/layout.html`; each is looked for on its own."""
        return next((root / name for root in self.folders if (root / name).is_file()), None)

    def words(self) -> dict[str, dict[str, str]]:
        """The layout's fixed words by language; a workspace adds to them line by line."""
        words: dict[str, dict[str, str]] = {}
        for root in reversed(self.folders):
            path = root / "email" / "_base" / "words.toml"
            if path.is_file():
                for language, lines in _toml(path, self.read(path)).items():
                    words.setdefault(normal(language), {}).update(lines)
        return words

    def read(self, path: Path) -> str:
        """A file inside one of the folders, also after following links."""
        real = path.resolve()
        if not any(real.is_relative_to(root.resolve()) for root in self.folders):
            raise MessageError(str(path), 1, "leads out of the templates folder; not allowed")
        try:
            state = real.stat()
            if not (S_ISREG(state.st_mode) or S_ISDIR(state.st_mode)):  # a pipe would be waited for
                raise MessageError(str(path), 1, "is no ordinary file; write the words into one")
            if state.st_size > SIZE_LIMIT:
                limit = f"the limit is {SIZE_LIMIT // 1024} KiB"
                raise MessageError(str(path), 1, f"is too large; {limit}")
            return real.read_text(encoding="utf-8-sig")
        except OSError as error:
            why = (error.strerror or "no answer").lower()
            raise MessageError(str(path), 1, f"cannot be read: {why}") from None
        except UnicodeDecodeError:
            raise MessageError(str(path), 1, "is not UTF-8; save it as UTF-8") from None


def _toml(path: Path, text: str) -> dict[str, dict[str, str]]:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MessageError(str(path), 1, str(error)) from None
    for language, lines in found.items():
        if not isinstance(lines, dict) or not all(isinstance(one, str) for one in lines.values()):
            raise MessageError(str(path), 1, f"[{language}] must hold lines of text only")
    return found
