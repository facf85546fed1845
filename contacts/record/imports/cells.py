"""The values that cells may hold; each function raises ValueError with what would be right."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache

from sqlalchemy import String
from sqlalchemy.orm import InstrumentedAttribute

from contacts.cadences.calendar import at_wall_time
from contacts.cadences.timezones import zone

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_WHOLE = re.compile(r"[0-9]{1,6}")
LONGEST_SILENCE = 3650  # days: ten years
_MONEY = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2}0*)?")
_HOURS = re.compile(r"-?[0-9]{1,5}(\.[0-9]{1,2}0*)?")
_BY_COMMA = re.compile(r"([0-9]{1,3}(?:([. ])[0-9]{3}(?:\2[0-9]{3})*)|[0-9]+),([0-9]{1,2})")
_BY_POINT = re.compile(r"([0-9]{1,3}([, ])[0-9]{3}(?:\2[0-9]{3})*)\.([0-9]{1,2})")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # others are slips of the keyboard


def length_of(column: InstrumentedAttribute[str]) -> int:
    """How many characters a column of the record holds."""
    assert isinstance(column.type, String)  # noqa: S101  # the caller names a column of text
    assert column.type.length is not None  # noqa: S101  # and one with a limit
    return column.type.length


def line_of_text(longest: int) -> Callable[[str], str]:
    """One line of at most `longest` characters, composed (NFC), so that equal names are equal."""

    def parse(text: str) -> str:
        if any(character in text for character in "\t\r\n"):
            raise ValueError("must be one line, without tabs")
        return _composed(text, longest)

    return parse


def lines_of_text(longest: int) -> Callable[[str], str]:
    """Any text of at most `longest` characters."""
    return lambda text: _composed(text, longest)


def day(text: str) -> date:
    """A calendar day, YYYY-MM-DD and nothing else."""
    if not _DAY.fullmatch(text):
        raise ValueError("not a date; write it as YYYY-MM-DD, e.g. 2026-01-31")
    return _plausible(_iso(text)).date()


def moment(text: str) -> datetime:
    """A day (its first moment) or an ISO date and time; naive where it names no offset."""
    if not _DAY.fullmatch(text) and not _MOMENT.fullmatch(text):
        raise ValueError(
            "not an ISO date; write YYYY-MM-DD or a date and time such as 2026-01-31T09:00:00+05:45"
        )
    return _plausible(_iso(text))


def instant_of(written: datetime, zone_name: str) -> datetime:
    """The instant of a moment; one without an offset is on the clock of that zone."""
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    return at_wall_time(written, zone_name).instant


def yes_or_no(text: str) -> bool:
    answer = text.lower()
    if answer not in _YES and answer not in _NO:
        raise ValueError("write yes or no, or leave it blank where you do not know")
    return answer in _YES


def consent_kind(text: str) -> str:
    kind = text.lower()
    if kind not in ("express", "implied", "double"):
        raise ValueError(
            "write express (they said so), double (and confirmed it by e-mail) or implied (it "
            "follows from their dealings)"
        )
    return kind


def days_of_silence(text: str) -> int:
    """How long a customer may go without contact."""
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= LONGEST_SILENCE:
        raise ValueError(
            f"write the days that they may go without contact, 1 to {LONGEST_SILENCE}, such as 45; "
            "or leave it blank, and their tier says it"
        )
    return int(text)


def money(text: str) -> Decimal:
    if not _MONEY.fullmatch(text):
        raise ValueError("not an amount; write it like 1234.50, with at most two decimals")
    return Decimal(text).quantize(Decimal("0.01"))


def hours(text: str) -> Decimal:
    if not _HOURS.fullmatch(text):
        raise ValueError("not a number of hours; write it like 2 or 1.25, at most 99999")
    return Decimal(text).quantize(Decimal("0.01"))


def typed_money(text: str) -> Decimal:
    """An amount that a person types: with a point or a comma, as long as it means one thing."""
    return money(_by_point(text))


def typed_hours(text: str) -> Decimal:
    """Hours that a person types: 1.5 or 1,5."""
    return hours(_by_point(text))


def _by_point(text: str) -> str:
    """1.234,50 as 1234.50; 1.234 and 1,234, of which nobody can tell, as they are."""
    found = _BY_COMMA.fullmatch(text) or _BY_POINT.fullmatch(text)
    if found is None:
        return text
    whole, mark, decimals = found.groups()
    return f"{whole.replace(mark, '') if mark else whole}.{decimals}"


def currency(text: str) -> str:
    code = text.upper()
    if code not in _currencies():
        raise ValueError("not a currency; write its three letters of ISO 4217, e.g. EUR")
    return code


def country(text: str) -> str:
    code = text.upper()
    if code == "UK":
        raise ValueError("the code of the United Kingdom is GB")
    if code not in _countries():
        raise ValueError("not a country; write its two letters of ISO 3166-1, e.g. DE")
    return code


@lru_cache(maxsize=256)
def locale(text: str) -> str:
    """A language and perhaps its script and country, as in "pt-BR"."""
    match = _LOCALE.fullmatch(text)
    if match is None:
        raise ValueError("not a language; write it like en, hi or pt-BR")
    language, script, region = match.groups()
    parts = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part)


def zone_name(text: str) -> str:
    return zone(text).key


def _composed(text: str, longest: int) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if len(text) > longest:
        raise ValueError(f"longer than {longest} characters")
    return text


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("no such date; the calendar has no day or time like that") from None


def _plausible(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"a date in the year {moment.year} cannot be right")
    return moment


@cache
def _currencies() -> frozenset[str]:
    from babel.numbers import list_currencies  # its data takes a while to load; orders need it

    return frozenset(list_currencies())


@cache
def _countries() -> frozenset[str]:
    from phonenumbers import SUPPORTED_REGIONS

    return frozenset(SUPPORTED_REGIONS)
