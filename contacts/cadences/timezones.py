"""Which names count as a time zone: a region and a city of the IANA database, and UTC.

`zoneinfo` also takes names that do harm: EST never changes to daylight saving time, Etc/GMT+3 lies
three hours *behind* UTC. They are refused, with the name that was probably meant.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ABBREVIATIONS = {
    "EASTERN": "America/New_York",
    "CENTRAL": "America/Chicago",
    "MOUNTAIN": "America/Denver",
    "PACIFIC": "America/Los_Angeles",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "EST5EDT": "America/New_York",
    "ET": "America/New_York",
    "CDT": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "CST": "America/Chicago or Asia/Shanghai",
    "MST": "America/Denver",
    "MST7MDT": "America/Denver",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PST8PDT": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "PT": "America/Los_Angeles",
    "HST": "Pacific/Honolulu",
    "GMT": "Europe/London or UTC",
    "BST": "Europe/London",
    "WET": "Europe/Lisbon",
    "CET": "Europe/Paris",
    "CEST": "Europe/Paris",
    "MET": "Europe/Paris",
    "EET": "Europe/Helsinki",
    "EEST": "Europe/Helsinki",
    "MSK": "Europe/Moscow",
    "IST": "Asia/Kolkata, Asia/Jerusalem or Europe/Dublin",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "SGT": "Asia/Singapore",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "NZST": "Pacific/Auckland",
    "Z": "UTC",
    "ZULU": "UTC",
    "UCT": "UTC",
    "ETC/UTC": "UTC",
    "UNIVERSAL": "UTC",
}
_OFFSET = re.compile(r"(?:UTC|GMT|ETC/GMT|ETC/UTC)?\s*[+\-\u2212]\s*\d.*|\d+([.:]\d+)?", re.I)
_SHOWN = 60  # characters of a wrong name that a message repeats


@lru_cache(maxsize=2048)
def zone(name: str) -> ZoneInfo:
    """The zone of that name; ValueError in one line if it is none that we take."""
    if name not in zone_names():
        raise ValueError(_refusal(name))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(f"time zone {name!r} is not installed on this machine") from None


def is_zone(name: str) -> bool:
    """Whether we take the name, and this machine knows it."""
    try:
        zone(name)
    except ValueError:
        return False
    return True


@cache
def zone_names() -> frozenset[str]:
    """Names of the tzdata package, the same on every machine, that have a region."""
    listed = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    return frozenset(
        name for name in listed if name == "UTC" or ("/" in name and not name.startswith("Etc/"))
    )


def _refusal(name: str) -> str:
    shown = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    if not name.strip():
        return "the time zone is blank; write a region and city, such as Europe/Minsk"
    if near := " or ".join(_near(name.strip())):
        return f"{shown!r} is not a time zone we can use; did you mean {near}?"
    if _OFFSET.fullmatch(name.strip()):
        return (
            f"{shown!r} is an offset, not a time zone: it knows no daylight saving time; "
            "write a region and city, such as Europe/Minsk"
        )
    return f"{shown!r} is not a time zone; write a region and city, such as Europe/Minsk"


def _near(name: str) -> Iterator[str]:
    """The names that were probably meant, best first; at most three."""
    if meant := _ABBREVIATIONS.get(name.upper()):
        yield meant
        return
    if len(name) > _SHOWN or _OFFSET.fullmatch(name):
        return
    spelled, cities = _spelled(), _cities()
    plain = re.sub(r"\s+", "_", name.casefold())
    city = plain.rsplit("/", 1)[-1]
    if found := spelled.get(plain) or cities.get(city):
        yield found
        return
    for close in get_close_matches(plain, spelled, n=1, cutoff=0.8):
        yield spelled[close]
        return
    for close in get_close_matches(city, cities, n=1, cutoff=0.8):
        yield cities[close]


@cache
def _spelled() -> dict[str, str]:
    return {known.casefold(): known for known in sorted(zone_names())}


@cache
def _cities() -> dict[str, str]:
    named = sorted(known for known in zone_names() if "/" in known)
    return {known.casefold().rsplit("/", 1)[1]: known for known in named}
