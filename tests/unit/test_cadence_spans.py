"""Spans of days and times of day."""

from datetime import date, time

import pytest
from pydantic import TypeAdapter, ValidationError

from contacts.cadences.spans import Span
from contacts.windows import TimeOfDay


def span(text: str) -> Span:
    return TypeAdapter(Span).validate_python(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0d", date(2026, 1, 31)),
        ("4d", date(2026, 2, 4)),
        ("2w", date(2026, 2, 14)),
        ("1 month", date(2026, 2, 28)),
        ("13 months", date(2027, 2, 28)),
        ("25 months", date(2028, 2, 29)),
        ("1 year", date(2027, 1, 31)),
        ("10 years", date(2036, 1, 31)),
    ],
)
def test_a_span_counts_on_the_calendar(text: str, day: date) -> None:
    assert span(text).after(date(2026, 1, 31)) == day


@pytest.mark.parametrize(
    "text", ["", "d", "4", "-4d", "4h", "1.5d", "\u0664d", "11 years", "9999 weeks", "4y"]
)
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(ValidationError, match="write"):
        span(text)


@pytest.mark.parametrize(("text", "wall"), [("00:00", time(0)), ("23:59", time(23, 59))])
def test_a_time_of_day_is_a_wall_time(text: str, wall: time) -> None:
    assert TypeAdapter(TimeOfDay).validate_python(text).as_time() == wall


@pytest.mark.parametrize("text", ["24:00", "9:00", "09:60", "0900", "09:00\n", "09:00:00", ""])
def test_anything_else_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValidationError, match="write a time of day"):
        TypeAdapter(TimeOfDay).validate_python(text)
