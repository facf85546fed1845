"""What an SMS may be in the country of the number that it goes to. Pure.

The data are beside this module, with source and date, for everybody to look at and to change.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Abroad(NamedTuple):
    """A country with rules of its own."""

    country: str  # ISO 3166-1 alpha-2
    name: str
    calling_code: str  # "+91"
    two_way: bool
    registered: str  # "texts", "sender" or nothing
    short_links: bool


def abroad(phone: str) -> Abroad | None:
    """The rules where a number in E.164 is; None where there are none of its own."""
    if not phone.startswith(_codes()):  # almost every number of almost every business
        return None
    return next(one for one in places() if phone.startswith(one.calling_code))


@cache
def places() -> tuple[Abroad, ...]:
    """Every country that has such rules."""
    text = (files(__package__) / "sms_abroad.toml").read_text(encoding="utf-8")
    return tuple(
        Abroad(country, **{key: row[key] for key in Abroad._fields if key in row})
        for country, row in tomllib.loads(text).items()
    )


@cache
def _codes() -> tuple[str, ...]:
    return tuple(one.calling_code for one in places())
