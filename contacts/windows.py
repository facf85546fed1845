"""Hours and days as people write them in a file: a time of day, a window, days of a business's own.

The settings and the cadences both have them, so they are known below both.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60


class FixedText(str):
    """A string of a fixed form that pydantic checks and the JSON Schema describes."""

    pattern: str
    expected: str

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def _parse(cls, value: object) -> "FixedText":
        if not isinstance(value, str) or not re.fullmatch(cls.pattern, value, re.ASCII):
            raise ValueError(f"write {cls.expected}")
        return cls(value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": cls.pattern, "description": cls.expected}


class TimeOfDay(FixedText):
    """A wall time in 24 hours."""

    pattern = r"^([01]\d|2[0-3]):([0-5]\d)$"
    expected = 'a time of day in quotes, 24 hours: "09:00"'

    __slots__ = ()

    @classmethod
    def of(cls, minute: int) -> "TimeOfDay":
        """The time so many minutes after midnight; the end of a day is written 23:59."""
        if minute == DAY_MINUTES:
            return cls("23:59")
        return cls("{:02}:{:02}".format(*divmod(minute % DAY_MINUTES, 60)))

    def as_time(self) -> time:
        return time.fromisoformat(self)

    @property
    def minute(self) -> int:
        """Minutes after midnight."""
        return int(self[:2]) * 60 + int(self[3:])


_DAY, _TIME = f"({'|'.join(WEEK)})", r"([01]\d|2[0-3]):[0-5]\d"


class DayHours(FixedText):
    """The hours of some days of the week."""

    pattern = f"^{_DAY}(-{_DAY})? {_TIME}-{_TIME}$"
    expected = 'days and hours, such as "mon-sat 09:00-20:00" or "sun 12:00-17:00"'

    __slots__ = ()

    @classmethod
    def _parse(cls, value: object) -> "DayHours":
        hours = cls(super()._parse(value))
        if any(start >= end for start, end in hours.by_day().values()):
            raise ValueError("the hours of a day end after they begin")
        return hours

    def by_day(self) -> dict[int, tuple[int, int]]:
        """Start and end of each of the days, in minutes; Monday is 0."""
        days, _, hours = self.partition(" ")
        first, _, last = days.partition("-")
        start, end = (TimeOfDay(one).minute for one in hours.split("-"))
        begin, count = WEEK.index(first), (WEEK.index(last or first) - WEEK.index(first)) % 7 + 1
        return {(begin + ahead) % 7: (start, end) for ahead in range(count)}


Week = tuple[tuple[int, int], ...]
"""Start and end of every day's hours, Monday first; a day that ends as it starts has none.

Minutes from that day's midnight; an end past DAY_MINUTES is on the day after.
"""


def week_of(parts: Iterable[DayHours]) -> Week:
    """The week of these hours; a day that none of them names has none."""
    by_day = {day: hours for part in parts for day, hours in part.by_day().items()}
    return tuple(by_day.get(day, (0, 0)) for day in range(7))


def strictest(weeks: Sequence[Week]) -> Week:
    """What all of these allow."""
    return tuple(
        (max(week[day][0] for week in weeks), min(week[day][1] for week in weeks))
        for day in range(7)
    )


class Weekly(NamedTuple):
    """A window with nothing left out, in minutes from midnight of the day that it begins on."""

    start: int
    end: int  # the first minute past it; over DAY_MINUTES where that is on the next day
    days: frozenset[int]  # Monday is 0
    skips_holidays: bool

    @property
    def crosses_midnight(self) -> bool:
        return self.end > DAY_MINUTES

    @property
    def week(self) -> Week:
        hours = (self.start, self.end)
        return tuple(hours if day in self.days else (0, 0) for day in range(7))

    @property
    def is_empty(self) -> bool:
        return self.end <= self.start


USUAL = Weekly(9 * 60, 18 * 60, frozenset(range(5)), skips_holidays=True)
"""When touches leave where nobody says when."""


def _some(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    """Not by `min_length`, which also calls a list too short whose only entry is misspelt."""
    if not days:
        raise PydanticCustomError("too_short", "name at least one")
    return days


class Window(BaseModel):
    """The hours and days on which a touch may leave, or some of that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: TimeOfDay | None = Field(default=None, description="The first minute: 09:00.")
    end: TimeOfDay | None = Field(
        default=None,
        description="The end: 18:00. For sms, 21:00 at the latest. An end before the start is on "
        "the next day.",
    )
    days: Annotated[tuple[Weekday, ...], AfterValidator(_some)] | None = Field(
        default=None,
        description="Days of the week: [mon, tue].",
        json_schema_extra={"minItems": 1},
    )
    holidays: Literal["skip", "ignore"] | None = Field(
        default=None,
        description="Whether public holidays of the customer's, and the business's own, are left "
        "out.",
    )

    def over(self, base: Weekly) -> Weekly:
        """This window, with what it leaves out as another has it.

        Only who writes both its ends may mean a night by an end before the start; else it is empty.
        """
        start = base.start if self.start is None else self.start.minute
        end = base.end if self.end is None else self._end
        may_be_a_night = None not in (self.start, self.end) or base.crosses_midnight
        if end < start and may_be_a_night:
            end += DAY_MINUTES
        days = base.days if self.days is None else frozenset(map(WEEK.index, self.days))
        skips = base.skips_holidays if self.holidays is None else self.holidays == "skip"
        return Weekly(start, end, days, skips)

    @property
    def _end(self) -> int:
        """23:59 is written for the end of the day."""
        assert self.end is not None  # noqa: S101  # asked by `over`
        return DAY_MINUTES if self.end == "23:59" else self.end.minute


def _as_date(value: object) -> object:
    """Dates alone: pydantic would take a number for one, too."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("write a date: 2026-12-24")


Day = Annotated[date, BeforeValidator(_as_date)]


class Holidays(BaseModel):
    """Days that the business adds to the public holidays of its customers, or takes from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    add: tuple[Day, ...] = ()
    ignore: tuple[Day, ...] = ()
