"""When every flow runs: all deployments as rows of one table.

The machinery ticks in UTC intervals, a few seconds apart so that their processes do not all start
at once. What is meant for people has a wall time and a zone, outside the hours that a clock
change skips or repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from contacts.care.proof import SWEPT_AT
from contacts.settings import Settings
from contacts.windows import USUAL, WEEK


@dataclass(frozen=True, slots=True)
class Row:
    """One deployment; either `every` (from midnight UTC plus `offset`) or `cron` in `zone`."""

    flow: str
    deployment: str
    description: str
    every: timedelta | None = None
    offset: timedelta = timedelta()
    cron: str | None = None
    zone: str = "UTC"
    tags: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict, hash=False)
    at_once: int = 1
    """Runs that fall due together, a second apart: one for each worker."""
    one_at_a_time: bool = True
    """Whether Prefect cancels a run that comes while another is under way."""

    @property
    def name(self) -> str:
        """As the Prefect API and UI call it: plan/onboarding."""
        return f"{self.flow}/{self.deployment}"


def schedule(settings: Settings, cadences: Sequence[str], *, workers: int = 0) -> list[Row]:
    """Every deployment of a workspace whose cadences have these names, for that many workers."""
    return [
        Row(
            "sync", "sync", "Takes in what changed in the workspace's data folder.",
            every=timedelta(hours=1),
        ),
        *(
            Row(
                "plan", cadence,
                f"Enrols customers in '{cadence}' and plans their next touches. "
                "Switch its schedule off to pause the cadence: nothing of it leaves until you "
                "switch it on again.",
                every=timedelta(minutes=settings.plan_minutes),
                offset=timedelta(seconds=60 + 5 * number),
                tags=(cadence,), parameters={"cadence": cadence},
            )
            for number, cadence in enumerate(sorted(cadences))
        ),
        Row(
            "send", "send", "Sends whatever is due over all cadences and settles what is in doubt.",
            every=timedelta(minutes=settings.send_minutes), offset=timedelta(seconds=30),
            at_once=max(1, workers), one_at_a_time=False,  # of a worker; it sees to that itself
        ),
        Row(
            "care", "care", "Proves that no customer is stale, or lists the exceptions.",
            cron=f"{SWEPT_AT.minute} {SWEPT_AT.hour} * * *", zone=settings.default_timezone,
        ),
        *(
            Row(
                "digest", deployment_name(zone), f"Mails every owner in {zone} the day's tasks.",
                cron=f"30 7-12 * * {days}", zone=zone, parameters={"zone": zone},
            )
            for zone, days in owner_zones(settings).items()
        ),
        Row(
            "tidy", "tidy", "Removes words and runs that are older than the settings keep them.",
            cron="0 4 * * *", zone=settings.default_timezone,
        ),
    ]  # fmt: skip


def owner_zones(settings: Settings) -> dict[str, str]:
    """The zones in which owners have their mornings, and the days on which one of them does."""
    days: dict[str, set[int]] = {}
    for owner in settings.owners:
        zone = owner.timezone or settings.default_timezone
        days.setdefault(zone, set()).update(owner.hours.over(USUAL).days)
    return {zone: ",".join(WEEK[day] for day in sorted(days[zone])) for zone in sorted(days)}


def deployment_name(zone: str) -> str:
    """Prefect forbids a slash in a name."""
    return zone.replace("/", "-")
