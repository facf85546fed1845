"""Filters that write dates, amounts, numbers and what is counted as the message's language does.

Babel takes 50 to 100 µs a call, so results are kept; a batch repeats the same few values.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context

LINK_SCHEMES = ("https://", "http://", "mailto:")
DATE_STYLES = {
    "short": "short", "medium": "medium", "long": "long", "full": "full",
    "weekday": "EEEE", "month": "LLLL",
}  # fmt: skip
PLURALS = ("zero", "one", "two", "few", "many", "other")
"""CLDR's names for the forms of a noun, in the order in which a template gives them."""
Number = int | float | Decimal


def message_filters() -> dict[str, Callable[..., Any]]:
    """What messages have on top of the sandbox's own filters; `link` is put in by the loader."""
    return {
        "date": _date,
        "money": _money,
        "number": _number,
        "plural": _plural,
        "link": safe_link,
    }


@pass_context
def _date(context: Context, value: date | None, style: str = "medium") -> str | None:
    if value is None:
        return None
    if not isinstance(value, date):
        raise ValueError(f"date: '{value}' is not a date")
    if style not in DATE_STYLES:
        raise ValueError(f"date: there is no '{style}'; there are {', '.join(DATE_STYLES)}")
    day = value.date() if isinstance(value, datetime) else value
    return _date_text(day, style, context["locale"])


@pass_context
def _money(context: Context, value: Number | None, currency: str = "") -> str | None:
    if value is None:
        return None
    return _money_text(_as_number(value, "money"), currency, context["locale"])


@pass_context
def _number(context: Context, value: Number | None, digits: int | None = None) -> str | None:
    if value is None:
        return None
    if digits is not None and not 0 <= digits <= 6:
        raise ValueError("number: digits go from 0 to 6")
    return _number_text(_as_number(value, "number"), digits, context["locale"])


@pass_context
def _plural(context: Context, value: Number | None, *forms: str) -> str | None:
    """The form that goes with a number: of "day" and "days", or of "дзень", "дні" and "дзён"."""
    if value is None:
        return None
    number, locale = _as_number(value, "plural"), _locale(context["locale"])
    wanted = _plurals(locale)
    if len(forms) != len(wanted):
        kinds = ", ".join(wanted)
        raise ValueError(
            f"plural: {locale.language} has {len(wanted)} forms ({kinds}); {len(forms)} given"
        )
    of = locale.plural_form(int(number) if number % 1 == 0 else number)  # 1.00 is written as 1
    return forms[wanted.index(of)] if of in wanted else forms[-1]


def safe_link(value: str) -> str:
    """A link from a value; anything but these schemes could run in the reader's browser."""
    link = str(value).strip()
    if not link.lower().startswith(LINK_SCHEMES):
        raise ValueError("a link begins with https://, http:// or mailto:")
    return link


def _as_number(value: Any, name: str) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{name}: '{value}' is not a number")
    return value


@lru_cache(maxsize=4096)
def _date_text(value: date, style: str, locale: str) -> str:
    return format_date(value, DATE_STYLES[style], locale=_locale(locale))


@lru_cache(maxsize=4096)
def _money_text(value: Number, currency: str, locale: str) -> str:
    if not currency:
        return format_decimal(value, "#,##0.00", locale=_locale(locale))
    return format_currency(value, currency.upper(), locale=_locale(locale))


@lru_cache(maxsize=4096)
def _number_text(value: Number, digits: int | None, locale: str) -> str:
    form = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, form, locale=_locale(locale))


@lru_cache(maxsize=256)
def _plurals(locale: Locale) -> tuple[str, ...]:
    """The forms that whole numbers take in a language; those of fractions are left out."""
    used = {locale.plural_form(number) for number in range(200)}
    return tuple(name for name in PLURALS if name in used)


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale:
    """The nearest locale that Babel knows; English where the language itself is unknown."""
    parts = tag.replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:count]), sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")
