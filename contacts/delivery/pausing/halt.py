"""Why sending is paused, in the words that people are told it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contacts.wording import so_many

REMEDY = "'touchline resume --plan' shows what would go out, 'touchline resume' lets sending go on."
JOINING = timedelta(minutes=15)
"""A record that another installation used so lately is shared, rather than restored."""


class Why(StrEnum):
    """Why sending waits, or went on slowly."""

    GAP = "gap"  # no pass for hours; nobody is asked
    DOWNTIME = "downtime"  # no pass for longer than pause_after_hours
    RESTORED = "restored"  # the record knows fewer signs of life than this folder
    OTHER = "other"  # the record is another installation's
    COPIED = "copied"  # this folder is a copy of another one


@dataclass(frozen=True, slots=True)
class Halt:
    """Sending is paused."""

    why: Why
    last_at: datetime | None
    """The record's last sign of life; None where it has none."""
    host: str
    """Where that was."""
    now: datetime
    folder_at: datetime | None = None
    """The last one that this installation's folder knows of."""

    @property
    def loses_days(self) -> bool:
        """Whether messages may have left that this record does not know."""
        if self.why is Why.OTHER and self.last_at is not None:
            return self.now - self.last_at > JOINING
        return self.why in (Why.RESTORED, Why.OTHER, Why.COPIED)

    @property
    def lost_until(self) -> datetime | None:
        """Until when messages may have left that this record does not know."""
        if not self.loses_days:
            return None
        if self.why is Why.RESTORED and self.folder_at is not None:
            return min(self.now, self.folder_at + timedelta(hours=1))  # a pass may last
        return self.now

    @property
    def short(self) -> str:
        """Why, for the name of a run: no host, no path."""
        if self.why is Why.DOWNTIME and self.last_at is not None:
            return f"nothing ran for {_spoken(self.now - self.last_at)}"
        return _SHORT[self.why]

    @property
    def words(self) -> str:
        """Why, in a sentence or two."""
        last = f"{self.last_at:%Y-%m-%d %H:%M} UTC" if self.last_at else "never"
        if self.why is Why.DOWNTIME:
            return f"{self.short[:1].upper()}{self.short[1:]}: the last pass began {last}."
        if self.why is Why.RESTORED:
            ours = f", this folder's {self.folder_at:%Y-%m-%d %H:%M} UTC" if self.folder_at else ""
            return (
                f"The record was put back to an earlier state: its last pass began {last}{ours}. "
                "What left since is not on record."
            )
        on = f" on {self.host}" if self.host else ""
        if self.why is Why.OTHER:
            return (
                f"This record was last used by another installation{on} ({last}). If that one "
                "still sends with a record of its own, do not go on here."
            )
        return (
            "This workspace is a copy of another one, which may be sending too. The record's last "
            f"pass began {last}{on}."
        )


_SHORT = {
    Why.GAP: "no pass for hours",
    Why.DOWNTIME: "nothing ran for a long time",
    Why.RESTORED: "the record is an earlier one, as from a backup",
    Why.OTHER: "the record is another installation's",
    Why.COPIED: "the workspace is a copy",
}


def _spoken(length: timedelta) -> str:
    days, hours = length.days, length.seconds // 3600
    if days >= 2:
        return so_many(days, "day")
    return so_many(days * 24 + hours, "hour")
