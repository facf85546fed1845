"""How many messages a customer gets at most, as the settings say it: a day, a week, a month."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticKnownError

DAY, WEEK, MONTH = 1, 7, 30
"""Local days in a row, the last of which is today.

They roll. Counted by the calendar a week would allow twice its cap from a Friday to a Monday, and
let everything that waits leave on one morning.
"""


class Cap(NamedTuple):
    """At most so many messages in so many local days in a row."""

    most: int
    days: int
    channel: str = ""  # of this channel alone; empty: of all together

    @property
    def loc(self) -> tuple[str, ...]:
        """Where it stands in the settings: caps, email, week."""
        span = {DAY: "day", WEEK: "week", MONTH: "month"}[self.days]
        return tuple(part for part in ("caps", self.channel, span) if part)

    @property
    def code(self) -> str:
        """As a touch keeps it: 3/7/email."""
        return f"{self.most}/{self.days}/{self.channel}"

    @classmethod
    def of(cls, code: str) -> "Cap":
        most, days, channel = code.split("/")
        return cls(int(most), int(days), channel)


class ChannelCaps(BaseModel):
    """The most messages by one channel; what is left out has no cap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: int | None = Field(default=None, ge=1, le=1000)
    week: int | None = Field(default=None, ge=1, le=1000)
    month: int | None = Field(default=None, ge=1, le=1000)

    @field_validator("day", "week", "month", mode="before")
    @classmethod
    def _counts(cls, most: Any) -> Any:
        if isinstance(most, bool):  # else it would be one, or nothing
            raise PydanticKnownError("int_type")
        return most


class Caps(ChannelCaps):
    """The most messages by all channels together, and by each."""

    email: ChannelCaps = ChannelCaps()
    sms: ChannelCaps = ChannelCaps()

    @property
    def limits(self) -> tuple[Cap, ...]:
        """Every cap that is set, those of more days first."""
        said = (("", self), ("email", self.email), ("sms", self.sms))
        return tuple(
            Cap(most, days, channel)
            for days, name in ((MONTH, "month"), (WEEK, "week"), (DAY, "day"))
            for channel, of in said
            if (most := getattr(of, name)) is not None
        )

    def never_met(self) -> Iterator[tuple[Cap, Cap]]:
        """The caps that no customer ever comes up to, each with the one that is met before."""
        for cap in self.limits:
            before = [
                other
                for other in self.limits
                if other.days >= cap.days
                and other.channel in ("", cap.channel)
                and other.most < cap.most
            ]
            if before:
                yield cap, min(before)
