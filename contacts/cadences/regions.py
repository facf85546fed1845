"""Parts of a country with public holidays of their own, by what people write for them."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from contacts.cadences.public_holidays import public_holidays_of


@lru_cache(maxsize=8192)
def subdivision(country: str, region: str) -> str:
    """The code of a part of a country by its code or its name: BY for by, DE-BY and Bayern.

    Empty for what is no part of it, and where no part has holidays of its own.
    """
    written = _folded(region)
    codes = _codes(country)
    return codes.get(written) or codes.get(written.removeprefix(f"{_folded(country)}-"), "")


def known_region(country: str) -> str:
    """How one may be written: "BB or Brandenburg"; empty for a country without any."""
    named = [f"{code} or {names[0]}" for code, names in _names(country).items() if names]
    return min(named, default="")


@lru_cache(maxsize=256)
def _codes(country: str) -> Mapping[str, str]:
    """By every spelling that is known, folded; a code wins over a name that reads like it."""
    names = _names(country)
    by_name = {_folded(name): code for code, known in names.items() for name in known}
    return by_name | {_folded(code): code for code in names}


@lru_cache(maxsize=256)
def _names(country: str) -> Mapping[str, list[str]]:
    """The parts of a country by their codes."""
    known = public_holidays_of(country)
    return {} if known is None else known.get_subdivision_aliases()


def _folded(text: str) -> str:
    """Without case and accents: thuringen, as many a list writes Thüringen."""
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))
