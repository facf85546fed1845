"""Renders messages: a name, a locale and the facts in; a mail, a text message or a brief out.

One `Templates` serves one flow run or one request: it compiles a message at its first use and keeps
it, so a changed file counts from the next run on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from contacts.cadences.dialogue import NOTHING_LATELY, of_brief
from contacts.cadences.faults import Fault
from contacts.cadences.sandbox import DataEnvironment
from contacts.messages.check import MessageCheck
from contacts.messages.load import Loaded, Loader
from contacts.messages.locales import chosen, language_of, normal, written_in
from contacts.messages.registered import REGISTER, Registered, RegisterError, registered_texts
from contacts.messages.rendered import (
    MessageError,
    RenderedBrief,
    RenderedDocument,
    RenderedEmail,
    RenderedSms,
)
from contacts.messages.segments import sms_segments
from contacts.messages.shelf import FOLDERS, Parts, Shelf
from contacts.messages.vocabulary import DIGEST, names_for
from contacts.settings import Settings

SMS_LIMIT = 1600
"""Characters that Twilio takes in one message."""

Context = Mapping[str, Any]

_NOTHING_LATELY = of_brief(NOTHING_LATELY)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_WIDE_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\ufeff": None})
"""One of them would turn a whole SMS to UCS-2 and double its price."""

_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class _Choice:
    """A message in the language chosen for a locale."""

    loaded: Loaded
    version: str
    extras: dict[str, Any]  # what the context has besides the facts
    links: frozenset[str]

    def render(self, part: str, facts: Context) -> str:
        return self.loaded.parts[part].render(facts)

    def error(self, part: str, message: str) -> MessageError:
        """A fault of the whole part, told in its file."""
        return MessageError(self.loaded.parts[part].path, 1, message)


def templates_of(settings: Settings) -> "Templates":
    """The workspace's own messages, then the ones that come along."""
    return Templates(
        [settings.workspace / "templates", builtin_templates()],
        default_locale=settings.default_locale,
    )


def builtin_templates() -> Path:
    return Path(str(files("templates")))


class Templates:
    def __init__(self, folders: Sequence[Path], *, default_locale: str = "en") -> None:
        self._shelf = Shelf(folders)
        self._default_locale = default_locale
        self._words: dict[str, dict[str, str]] | None = None
        self._choices: dict[tuple[str, str, str], _Choice] = {}
        self._groups: dict[tuple[str, str], frozenset[str]] = {}
        self._variants: dict[tuple[str, str, str], Loaded] = {}
        self._registered: tuple[Registered, ...] | None = None

    def email(self, name: str, locale: str, context: Context) -> RenderedEmail:
        choice = self._choice("email", name, locale)
        facts = {**context, **choice.extras}
        subject = _one_line(choice, "subject", facts)
        html = _kept(choice, "html", choice.render("html", facts))
        text = _kept(choice, "text", _tidy(choice.render("text", facts)))
        if not text.strip():
            raise choice.error("html", "the mail is empty")
        if facts["cadence"]["purpose"] == "marketing":
            _check_marketing(html, text, facts, choice)
        elif facts["cadence"]["purpose"] == "consent":
            _check_request(html, text, facts, choice)
        return RenderedEmail(subject, text, html, choice.version)

    def sms(self, name: str, locale: str, context: Context) -> RenderedSms:
        choice = self._choice("sms", name, locale)
        words = choice.render("text", {**context, **choice.extras})
        text = "\n".join(line.strip() for line in words.translate(_WIDE_SPACES).strip().split("\n"))
        if not _kept(choice, "text", text):
            raise choice.error("text", "the message is empty")
        if len(text) > SMS_LIMIT:
            raise choice.error(
                "text", f"is too long: {len(text)} characters; the limit is {SMS_LIMIT}"
            )
        segments = sms_segments(text)
        return RenderedSms(text, segments.encoding, segments.count, choice.version)

    def brief(self, name: str, locale: str, context: Context) -> RenderedBrief:
        """Where `context` has none of what briefs tell besides the facts, nothing was said yet."""
        choice = self._choice("briefs", name, locale)
        facts = {**_NOTHING_LATELY, **context, **choice.extras}
        title = _one_line(choice, "title", facts)
        text = _kept(choice, "text", _tidy(choice.render("text", facts)))
        return RenderedBrief(title, text, choice.version)

    def document(self, name: str, locale: str, context: Context) -> RenderedDocument:
        """A page to print, in the reader's language."""
        choice = self._choice("documents", name, locale)
        facts = {**context, **choice.extras}
        title = _one_line(choice, "title", facts)
        return RenderedDocument(title, choice.render("html", facts), choice.version)

    def digest(self, context: Context) -> RenderedEmail:
        """An owner's morning mail; `context` has owner, business, today, tasks and replies.

        A task has title, customer, due (a date) and late; a reply has customer, text and at.
        """
        footer = {"cadence": {"name": "", "goal": "", "purpose": "service"}}
        links = {"links": dict.fromkeys(("unsubscribe", "preferences", "view"), "")}
        return self.email(DIGEST, self._default_locale, {**footer, **links, **context})

    def registered(self) -> tuple[Registered, ...]:
        """The texts that India's carriers know; MessageError where the file cannot be used."""
        if self._registered is None:
            path = self._shelf.base_file(REGISTER)
            self._registered = _registered(self._shelf.read(path), path) if path else ()
        return self._registered

    def names(self, kind: str) -> list[str]:
        """The messages of a kind: email, sms, call, visit, letter or document."""
        return self._shelf.names(FOLDERS[kind])

    def languages(self, kind: str, name: str) -> list[str]:
        """The languages in which a message is complete."""
        place = self._shelf.find(FOLDERS[kind], name)
        found = self._shelf.complete(FOLDERS[kind], place) if place else {}
        return sorted(language_of(one, self._default_locale) for one in found)

    def groups_in(self, kind: str, name: str) -> frozenset[str]:
        """The groups (`customer`, `orders`) that a message reads from, and perhaps other words."""
        key = (FOLDERS[kind], name)
        if key not in self._groups:
            self._groups[key] = self._shelf.groups_in(*key)
        return self._groups[key]

    def links_in(self, kind: str, name: str, locale: str) -> frozenset[str]:
        """The links (`unsubscribe`, `view`) that the message names in that language."""
        return self._choice(FOLDERS[kind], name, locale).links

    def faults(self, kind: str, name: str) -> list[Fault]:
        """Everything wrong with a message in any of its languages; empty if it may be sent."""
        try:
            check = MessageCheck(
                self._shelf, self._loader(FOLDERS[kind], name), self._default_locale
            )
        except MessageError as error:  # the layout's words
            return [Fault(error.path, error.line, 1, error.message)]
        return check.faults(self, kind, name)

    def _choice(self, folder: str, name: str, locale: str) -> _Choice:
        key = (folder, name, locale)
        if key not in self._choices:
            self._choices[key] = self._choose(folder, name, locale)
        return self._choices[key]

    def _choose(self, folder: str, name: str, locale: str) -> _Choice:
        place = self._shelf.find(folder, name)
        if place is None:
            where = self._shelf.folders[0] / folder / name
            raise MessageError(str(where), 1, self._shelf.missing(folder, name))
        complete = self._shelf.complete(folder, place)
        variant = chosen(locale, complete, self._default_locale)
        if variant is None:
            raise MessageError(str(place), 1, "no language of this message is complete")
        language = language_of(variant, self._default_locale)
        loaded = self._load(folder, name, variant, complete[variant])
        extras = {
            "locale": written_in(variant, locale, self._default_locale),
            "words": self._words_in(language),
        }
        version = f"{name}/{language}@{loaded.digest[:8]}"
        links = frozenset().union(*(part.links for part in loaded.parts.values()))
        return _Choice(loaded, version, extras, links)

    def _load(self, folder: str, name: str, variant: str, parts: Parts) -> Loaded:
        key = (folder, name, variant)
        if key not in self._variants:
            loader = self._loader(folder, name)
            load = {"email": loader.email, "documents": loader.document}.get(folder, loader.words)
            self._variants[key] = load(parts)
        return self._variants[key]

    def _loader(self, folder: str, name: str) -> Loader:
        return Loader(self._shelf, names_for(name, self._all_words(), folder=folder))

    def _all_words(self) -> dict[str, dict[str, str]]:
        if self._words is None:
            self._words = self._shelf.words()
        return self._words

    def _words_in(self, language: str) -> dict[str, str]:
        words = self._all_words()
        wanted = normal(language)
        return words.get("en", {}) | words.get(wanted.split("-")[0], {}) | words.get(wanted, {})


def _registered(source: str, path: Path) -> tuple[Registered, ...]:
    try:
        return registered_texts(source)
    except RegisterError as error:
        line = source[: source.find(error.near) + 1].count("\n") + 1 if error.near else 1
        raise MessageError(str(path), line, str(error)) from None


def _one_line(choice: _Choice, part: str, facts: Context) -> str:
    line = " ".join(choice.render(part, facts).split())
    if not line.isprintable():
        line = _CONTROLS.sub("", line)
    if not line:
        raise choice.error(part, f"the {part} is empty")
    return _kept(choice, part, line)


def _kept(choice: _Choice, part: str, text: str) -> str:
    """The text; MessageError where no database could keep it."""
    if "\0" in text or not (text.isascii() or _is_encodable(text)):
        raise choice.error(part, "has half a character, or U+0000; take it out")
    return text


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tidy(text: str) -> str:
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def _check_request(html: str, text: str, facts: Context, choice: _Choice) -> None:
    link = facts["links"]["confirm"]
    if link not in text or DataEnvironment.escaped(link) not in html:
        raise choice.error("html", "without {{ links.confirm }} nobody can confirm")


def _check_marketing(html: str, text: str, facts: Context, choice: _Choice) -> None:
    address, link = facts["business"]["address"], facts["links"]["unsubscribe"]
    if not address:
        raise choice.error(
            "html", "a marketing mail needs your postal address; set business_address"
        )
    escaped = DataEnvironment.escaped  # as the page was
    if not link or not (_has(html, escaped(address)) and _has(html, escaped(link))):
        raise choice.error(
            "html", "a marketing mail needs the postal address and the link to unsubscribe, and "
            "any mail may be one; extend email/_base/layout.html",
        )  # fmt: skip
    if not _has(text, link):
        raise choice.error("text", "the text of a marketing mail needs the link to unsubscribe")


def _has(words: str, footnote: str) -> bool:
    """Looked for from the end, in an eighth of the time: it stands in the footer."""
    return words.rfind(footnote) >= 0
