"""Dates, amounts and numbers as a language writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from jinja2 import UndefinedError

from contacts.cadences.sandbox import sandboxed_environment
from contacts.messages.filters import message_filters

VALUES = {
    "day": date(2026, 5, 4),
    "moment": datetime(2026, 5, 4, 15, 0, tzinfo=UTC),
    "sum": Decimal("1234567.5"),
    "count": 1234567,
    "text": "Ada & Bob",
    "nothing": None,
    "one_hour": Decimal("1.00"),
    "yes": True,
}


def printed(expression: str, locale: str = "en") -> str:
    environment = sandboxed_environment(autoescape=False)
    environment.filters.update(message_filters())
    values: dict[str, Any] = {**VALUES, "locale": locale}
    return environment.from_string("{{ " + expression + " }}").render(values)


@pytest.mark.parametrize(
    ("expression", "locale", "expected"),
    [
        ("day|date", "en", "May 4, 2026"),
        ("day|date('short')", "de", "04.05.26"),
        ("day|date('long')", "hi-IN", "4 मई 2026"),
        ("day|date('full')", "be", "панядзелак, 4 мая 2026\u202f\u0433."),
        ("day|date('weekday')", "ne", "सोमबार"),
        ("day|date('month')", "be", "май"),
        ("moment|date", "en-GB", "4 May 2026"),
        ("sum|money('EUR')", "en", "€1,234,567.50"),
        ("sum|money('inr')", "hi-IN", "₹12,34,567.50"),
        ("sum|money('JPY')", "en", "¥1,234,568"),
        ("sum|money('')", "en", "1,234,567.50"),
        ("count|number", "en", "1,234,567"),
        ("count|number", "en-IN", "12,34,567"),
        ("sum|number(2)", "de", "1.234.567,50"),
        ("1|plural('day', 'days')", "en", "day"),
        ("0|plural('day', 'days')", "en-GB", "days"),
        ("one_hour|plural('Stunde', 'Stunden')", "de", "Stunde"),
        ("1|plural('Tag', 'Tagen')", "de", "Tag"),
        ("21|plural('дзень', 'дні', 'дзён')", "be", "дзень"),
        ("4|plural('дзень', 'дні', 'дзён')", "be", "дні"),
        ("12|plural('дзень', 'дні', 'дзён')", "be", "дзён"),
        ("1.5|plural('дзень', 'дні', 'дзён')", "be", "дзён"),
        ("0|plural('दिन', 'दिनों')", "hi-IN", "दिन"),
        ("7|plural('日')", "ja", "日"),
        ("count|number", "xx-unknown", "1,234,567"),
        ("day|date", "not a locale", "May 4, 2026"),
        ("nothing|date|default('soon')", "en", "soon"),
        ("nothing|money('EUR')|default('-')", "en", "-"),
        ("nothing|number|default('-')", "en", "-"),
    ],
)
def test_values_are_written_as_the_language_does(
    expression: str, locale: str, expected: str
) -> None:
    assert printed(expression, locale) == expected


@pytest.mark.parametrize(
    "expression",
    ["nothing|date", "nothing|money('EUR')", "nothing|number", "nothing|plural('a', 'b')"],
)
def test_an_empty_value_stays_empty_and_is_refused(expression: str) -> None:
    with pytest.raises(UndefinedError, match="empty value"):
        printed(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("text|date", "is not a date"),
        ("day|date('iso')", "there is no 'iso'; there are short, medium, long"),
        ("text|money('EUR')", "is not a number"),
        ("yes|number", "is not a number"),
        ("sum|number(1000000000)", "digits go from 0 to 6"),
        ("text|plural('day', 'days')", "is not a number"),
        ("count|plural('day')", r"plural: en has 2 forms \(one, other\); 1 given"),
    ],
)
def test_a_wrong_value_is_told_in_words(expression: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        printed(expression)
