"""New customers of the demo: nobody is on record before they joined, or before they agreed."""

from bisect import bisect_right
from datetime import date, datetime
from pathlib import Path

from contacts.cadences.faults import FaultyFile
from contacts.record.imports import sync_folder
from contacts.record.imports.agreeing import agreed_at
from contacts.settings import Settings
from flows.demo.world import World


class Arrivals:
    """The workspace's data as its days come."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._folder = world.settings.workspace / "data"
        self._agreed = _agreed(self._folder / "customers.csv", world.settings)

    def between(self, after: datetime, now: datetime) -> bool:
        """Whether somebody agreed after the one instant, and by the other."""
        return bisect_right(self._agreed, after) < bisect_right(self._agreed, now)

    def take_in(self, now: datetime, *, until: date) -> None:
        """The data of the days up to `until`, unless it is on record already."""
        self._world.set_clock(now)
        before = bisect_right(self._agreed, now)
        sync_folder(
            self._world.engine,
            self._folder,
            settings=self._world.settings,
            now=now,
            until=until,
            # The last who agreed, not now: what is the same file to the same people is not read.
            agreed_by=self._agreed[before - 1] if before else now,
        )


def _agreed(customers: Path, settings: Settings) -> list[datetime]:
    """When the file's customers agreed, earliest first; its faults are told by taking it in."""
    if not customers.is_file():
        return []
    try:
        return agreed_at(customers, settings=settings)
    except FaultyFile:
        return []
