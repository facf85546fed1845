"""The words of the customer's pages in the languages that come along."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_timezone_location

LANGUAGES = ("en", "hi", "ne", "be", "de")


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language, and what the pages say in it."""

    language: str
    words: Mapping[str, Any]

    def page(self, name: str, *, business: str) -> "Say":
        """What a page says."""
        return Say(self.words[name], business)

    def day(self, day: date) -> str:
        """A date as the language writes it in a sentence."""
        return format_date(day, "long", locale=self.language)

    def city(self, zone: str) -> str:
        """The city that a time zone goes by."""
        return get_timezone_location(zone, locale=self.language, return_city=True)

    def name_of(self, language: str) -> str:
        """A language by its own name."""
        try:
            known = Locale.parse(language.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            return language
        name = known.get_display_name() or language
        return name[:1].upper() + name[1:]


def tongue_of(locale: str) -> Tongue:
    """The language of a page for this locale: its own, else English."""
    language = locale.replace("_", "-").split("-")[0].lower()
    known = language if language in LANGUAGES else "en"
    return Tongue(known, _words(known))


@dataclass(frozen=True, slots=True)
class Say:
    """The lines of one page by their keys."""

    lines: Mapping[str, str]
    business: str

    def __call__(self, key: str, **values: object) -> str:
        """The line, with `values` where it names them."""
        return self.lines[key].format(business=self.business, **values)


@lru_cache(maxsize=len(LANGUAGES))
def _words(language: str) -> dict[str, Any]:
    path = files("templates").joinpath(f"pages/words/{language}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
