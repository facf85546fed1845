"""Spans of days ("4d", "2w", "3 months") as owners write them."""

import re
from calendar import monthrange
from datetime import date, timedelta

from contacts.windows import FixedText

_SPAN = r"^\s*(\d{1,4})\s*(d|w|days?|weeks?|months?|years?)\s*$"
_TEN_YEARS = 3660  # days; beyond it a date could leave the calendar


class Span(FixedText):
    """A count of calendar days, weeks, months or years; never negative, at most ten years."""

    pattern = _SPAN
    expected = "a number of days, weeks, months or years, not negative: 4d, 2w, 1 month"

    __slots__ = ()

    @classmethod
    def _parse(cls, value: object) -> "Span":
        span = cls(super()._parse(value))
        if span.days > _TEN_YEARS:
            raise ValueError("write at most ten years")
        return span

    def after(self, day: date) -> date:
        """The date this span after `day`; the last of the month where that day does not exist."""
        count, unit = self._split()
        if unit == "d":
            return day + timedelta(days=count)
        if unit == "w":
            return day + timedelta(weeks=count)
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(day.day, monthrange(year, month)[1]))

    @property
    def days(self) -> int:
        """Its length in days, a month counted as 30 and a year as 365."""
        count, unit = self._split()
        return count * {"d": 1, "w": 7, "m": 30, "y": 365}[unit]

    def _split(self) -> tuple[int, str]:
        match = re.match(_SPAN, self)
        assert match is not None  # noqa: S101  # checked when the file was read
        return int(match[1]), match[2][0]
