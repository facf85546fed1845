"""Finds everything wrong with a message before it is sent: its files, its words, its rendering."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from contacts.cadences.faults import Fault
from contacts.messages.load import BASE, LAYOUT, TEXT_FOOTER, Loader
from contacts.messages.locales import chosen
from contacts.messages.rendered import (
    MessageError,
    RenderedBrief,
    RenderedDocument,
    RenderedEmail,
    RenderedSms,
)
from contacts.messages.samples import (
    brief_contexts,
    confirm_contexts,
    digest_contexts,
    sample_contexts,
)
from contacts.messages.shelf import FOLDERS, REQUIRED, Parts, Shelf
from contacts.messages.vocabulary import BRIEFS, CONFIRM, DIGEST

_COLUMN = re.compile(r"""customer\.attributes(?:\.(\w+)|\[\s*(['"])(.+?)\2\s*\])""")
Languages = dict[str, Parts]
Rendered = RenderedEmail | RenderedSms | RenderedBrief | RenderedDocument

_NONE = re.compile(r"\bnone\b", re.IGNORECASE)


class Renderer(Protocol):
    """What the check needs of `Templates`."""

    def email(self, name: str, locale: str, context: Mapping[str, Any]) -> RenderedEmail: ...
    def sms(self, name: str, locale: str, context: Mapping[str, Any]) -> RenderedSms: ...
    def brief(self, name: str, locale: str, context: Mapping[str, Any]) -> RenderedBrief: ...
    def document(self, name: str, locale: str, context: Mapping[str, Any]) -> RenderedDocument: ...


class MessageCheck:
    """One message, in every language it has."""

    def __init__(self, shelf: Shelf, loader: Loader, default_locale: str) -> None:
        self._shelf = shelf
        self._loader = loader
        self._default_locale = default_locale

    def faults(self, renderer: Renderer, kind: str, name: str) -> list[Fault]:
        folder = FOLDERS[kind]
        place = self._shelf.find(folder, name)
        if place is None:
            where = self._shelf.folders[0] / folder / name
            return [Fault(str(where), 1, 1, self._shelf.missing(folder, name))]
        languages = self._shelf.languages(place)
        found = [*self._file_faults(folder, place, languages)]
        found += [fault for path in _paths(languages) for fault in self._loader.faults(path)]
        if folder == "email":
            found += [*self._base_faults(place, languages)]
        if not found:
            found = [*self._rendering_faults(renderer, folder, place, languages)]
        return sorted(set(found))

    def _file_faults(self, folder: str, place: Path, languages: Languages) -> Iterator[Fault]:
        needed = REQUIRED[folder]
        for language, parts in languages.items():
            for missing in [part for part in needed if part not in parts]:
                path = place / _with_language(missing, language)
                loss = f"without it '{language}' is not used" if language else "it is needed"
                yield Fault(str(path), 1, 1, f"is missing; {loss}: make this file")
        if chosen(self._default_locale, languages, self._default_locale) is None:
            files = " and ".join(needed)
            yield Fault(str(place), 1, 1, f"has no {files}, for every other language")
        known = _paths(languages)
        for path in sorted(place.iterdir()):
            if path not in known and path.name.startswith(("subject", "title", "body")):
                yield Fault(str(path), 1, 1, "is never read; name it like body.hi.html or body.txt")

    def _base_faults(self, place: Path, languages: Languages) -> Iterator[Fault]:
        for name in (LAYOUT, TEXT_FOOTER):
            if (path := self._shelf.base_file(name)) is not None:
                yield from self._loader.faults(path)
        words = self._shelf.words()
        for language in languages:
            if language and language.split("-")[0] not in words:
                message = f"the footer has no words for '{language}'; add them to {BASE}words.toml"
                yield Fault(str(place), 1, 1, message)

    def _rendering_faults(
        self, renderer: Renderer, folder: str, place: Path, languages: Languages
    ) -> Iterator[Fault]:
        render = _renderers(renderer)[folder]
        columns = self._columns(languages)
        contexts = _samples(folder, place.name, columns)
        for language in languages:
            try:
                words = [
                    _words(render(place.name, language or self._default_locale, context))
                    for context in contexts
                ]
            except MessageError as error:
                yield error.as_fault()
                continue
            if len(_NONE.findall(words[-1])) > len(_NONE.findall(words[0])):
                message = "prints 'None' where a value is not known; give it a default('…')"
                yield Fault(str(place), 1, 1, message)

    def _columns(self, languages: Languages) -> set[str]:
        """The columns of the CSV that the message names."""
        sources = [self._shelf.read(path) for path in _paths(languages)]
        return {match[1] or match[3] for source in sources for match in _COLUMN.finditer(source)}


def _samples(folder: str, name: str, columns: Collection[str]) -> list[dict[str, Any]]:
    if folder == BRIEFS:
        return brief_contexts(columns)
    if name == DIGEST:
        return digest_contexts()
    return confirm_contexts(columns) if name == CONFIRM else sample_contexts(columns)


def _renderers(renderer: Renderer) -> dict[str, Callable[..., Rendered]]:
    return {
        "email": renderer.email,
        "sms": renderer.sms,
        "briefs": renderer.brief,
        "documents": renderer.document,
    }


def _paths(languages: Languages) -> list[Path]:
    return sorted(path for parts in languages.values() for path in parts.values())


def _with_language(part: str, language: str) -> str:
    stem, _, ending = part.partition(".")
    return f"{stem}.{language}.{ending}" if language else part


def _words(rendered: Rendered) -> str:
    if isinstance(rendered, RenderedSms):
        return f"\n{rendered.text}"
    if isinstance(rendered, RenderedDocument):
        return f"{rendered.title}\n{rendered.html}"
    head = rendered.subject if isinstance(rendered, RenderedEmail) else rendered.title
    return f"{head}\n{rendered.text}"
