"""What becomes of an exception by itself, and what its owner can do; in words for the board."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.cadences.calendar import at_wall_time, local_date
from contacts.cadences.timezones import is_zone
from contacts.care.named import Cause, Uncovered
from contacts.care.proof import SWEPT_AT
from contacts.settings import TASK, Settings
from contacts.web.wording import clock, day
from contacts.wording import so_many

BY_ITSELF = (Cause.TO_PLAN, Cause.NO_CADENCE, Cause.NOTHING, Cause.STUCK)
"""What the sweep may mend, tonight or at the press of a button."""
_HOUR = 60
_SEE_THEM = "Until then, call or visit them and log it"


@dataclass(frozen=True, slots=True)
class Remedies:
    """Of one page: `of` an exception."""

    settings: Settings
    now: datetime

    @property
    def swept_at(self) -> datetime:
        """When the sweep goes round next."""
        zone = self.zone
        today = local_date(self.now, zone)
        for on in (today, today + timedelta(days=1)):
            instant = at_wall_time(datetime.combine(on, SWEPT_AT), zone).instant
            if instant > self.now:
                break
        return instant

    @property
    def zone(self) -> str:
        """That of the business, by whose clock the nights are."""
        zone = self.settings.default_timezone
        return zone if is_zone(zone) else "UTC"

    @property
    def tonight(self) -> str:
        at = self.swept_at
        return f"{day(at, self.zone)} at {clock(at, self.zone)} ({self.zone})"

    @property
    def meaning(self) -> str:
        """What stale is here, and how often that is looked at."""
        tiers = self.settings.freshness_days_by_tier.items()
        others = "".join(f", {days} of tier {tier}" for tier, days in sorted(tiers))
        at = f"{SWEPT_AT:%H:%M} ({self.zone})"
        return (
            "Stale is who has nothing planned and whom nobody reached for "
            f"{so_many(self.settings.freshness_days, 'day')}{others}, or for the days agreed with "
            f"them. Every night at {at} the sweep proves it and takes in hand whom it may."
        )

    def of(self, one: Uncovered) -> str:
        """A sentence or two."""
        said = {
            Cause.TO_PLAN: f"It is planned by itself, within {self._plan_time}.",
            Cause.NO_CADENCE: self._swept,
            Cause.NOTHING: self._swept,
            Cause.STUCK: (
                "Something keeps it from leaving: a paused cadence, a closed channel, or flows "
                f"that do not run; an admin can see to that. {self._swept}"
            ),
            Cause.FAULT: (
                "Whoever writes cadences and messages has to mend it; then they are planned by "
                f"itself. {_SEE_THEM}."
            ),
            Cause.ZONE: (
                "Their time zone has to be put right where your customers are kept, and taken in "
                f"again. {_SEE_THEM}."
            ),
            Cause.NO_OWNER: (
                "Name an owner where your customers are kept, or have an admin hand them over."
            ),
        }
        return said[one.cause]

    @property
    def _plan_time(self) -> str:
        minutes = self.settings.plan_minutes
        return "the hour" if minutes == _HOUR else so_many(minutes, "minute")

    @property
    def _swept(self) -> str:
        policy = self.settings.stale_policy
        ways = []
        if any(name != TASK for name in policy):
            ways.append("a cadence takes them in if it may")
        if TASK in policy:
            ways.append(f"{'else ' if ways else ''}their owner gets a task")
        if not ways:
            return "Nothing happens by itself: call or visit them and log it."
        return f"By itself on {self.tonight}: {', '.join(ways)}."
