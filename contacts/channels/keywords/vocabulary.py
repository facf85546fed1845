"""The lists of every language in one: words by what they mean, and patterns over a whole answer.

A file of `languages/` names words (`stop`, `alone`, `start`, `yes`, `help`, `reply`, `around`,
`splits`, `near`, `unlike`) and patterns (all else): regular expressions over words in lower case
with one space between, without accents and signs. In them `~` is the rest of a word, and `<name>` a
part from the file's own table `parts`. Files are read once, at the first answer.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from contacts.channels.keywords.letters import is_near, plain, readings, words_of

_PART = re.compile("<([a-z]+)>")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    stop: frozenset[str]
    """Means "stop" by itself, also as one sentence among others."""
    alone: frozenset[str]
    """Means it as the whole answer, or above a name."""
    start: frozenset[str]
    yes: frozenset[str]
    """Starts again where it is all that was said."""
    help: frozenset[str]
    reply: frozenset[str]
    """Words with which a message of ours asks for an answer."""
    around: frozenset[str]
    """Words around a request that change nothing about it."""
    splits: frozenset[str]
    """Words that join two sentences."""
    near: tuple[str, ...]
    """Words that count with a slip of the finger as well."""
    unlike: frozenset[str]
    """Words of their own that look like such a slip."""
    known: frozenset[str]
    """Every single word of these lists, for letters that only look like theirs."""
    requests: re.Pattern[str]
    """Matches a whole sentence that asks to stop."""
    doubtful: re.Pattern[str]
    """Found in an answer, padded with spaces, that may mean it."""
    harmless: re.Pattern[str]
    against: re.Pattern[str]
    banter: re.Pattern[str]
    wants: re.Pattern[str]
    """Found beside a request to stop: a question without its sign, a matter of the customer's."""
    channels: dict[str, re.Pattern[str]]
    """How each channel is called."""
    everywhere: re.Pattern[str]
    """Found beside a request, it may ask for more than its own channel: for calls, for all."""
    automatic_subjects: re.Pattern[str]
    """Matches the first words of a subject that no person wrote."""
    absent_subjects: re.Pattern[str]
    """Matches a whole one, up to a colon or the date of a return."""
    automatic_openings: re.Pattern[str]
    """Found near the beginning of a mail that a machine wrote."""
    automatic_sms: re.Pattern[str]
    """Matches a whole SMS that a telephone sent by itself."""

    def meant(self, word: str) -> str:
        """The word of these lists that this one was dressed up from, or the word itself."""
        if word in self.known or word in self.unlike:
            return word
        return next((one for one in readings(word) if one in self.known), word)

    def is_slip(self, word: str) -> bool:
        """Whether it is a misspelled word of stopping."""
        return word not in self.unlike and any(is_near(word, meant) for meant in self.near)


@cache
def vocabulary() -> Vocabulary:
    """All languages together: nobody knows in which one a customer answers."""
    languages = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(_folder().iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    means = {name: _words(languages, name) for name in ("stop", "alone", "start", "yes", "help")}
    return Vocabulary(
        **means,
        reply=_words(languages, "reply"),
        around=_words(languages, "around"),
        splits=_words(languages, "splits"),
        near=tuple(sorted(_words(languages, "near"))),
        unlike=_words(languages, "unlike"),
        known=frozenset(word for one in means.values() for word in one if " " not in word),
        requests=re.compile(_alternatives(languages, "requests")),
        doubtful=_inside(languages, "doubtful"),
        harmless=_inside(languages, "harmless"),
        against=_inside(languages, "against"),
        banter=_inside(languages, "banter"),
        wants=_inside(languages, "wants"),
        channels={channel: _inside(languages, channel) for channel in ("sms", "email")},
        everywhere=_inside(languages, "everywhere"),
        automatic_subjects=re.compile(f"(?:{_alternatives(languages, 'automatic_subjects')})(?= )"),
        absent_subjects=re.compile(
            f"(?:{_alternatives(languages, 'absent_subjects')})"
            f"(?: (?:{_alternatives(languages, 'until')}|[0-9]+)(?: [^ ]+)*)?"
        ),
        automatic_openings=_inside(languages, "automatic_openings"),
        automatic_sms=re.compile(_alternatives(languages, "automatic_sms")),
    )


def _folder() -> Any:
    return files("contacts.channels.keywords").joinpath("languages")


def _words(languages: Iterable[dict[str, Any]], name: str) -> frozenset[str]:
    given = (entry for language in languages for entry in language.get(name, ()))
    return frozenset(" ".join(words_of(plain(entry))) for entry in given)


def _inside(languages: Iterable[dict[str, Any]], name: str) -> re.Pattern[str]:
    """Found anywhere in words that have a space before and behind each."""
    return re.compile(f"(?<= )(?:{_alternatives(languages, name)})(?= )")


def _alternatives(languages: Iterable[dict[str, Any]], name: str) -> str:
    return "|".join(
        _pattern(entry, language.get("parts", {}))
        for language in languages
        for entry in language.get(name, ())
    )


def _pattern(written: str, parts: dict[str, str]) -> str:
    while _PART.search(written):
        written = _PART.sub(lambda found: parts[found[1]], written)
    return plain(written).replace("~", "[^ ]*").replace("(", "(?:").replace("(?:?", "(?")
