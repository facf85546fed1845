"""Settings that are well formed and yet cannot work, told at their line in `touchline.toml`."""

from collections.abc import Iterator
from pathlib import Path

from contacts.cadences.faults import Fault
from contacts.cadences.timezones import zone
from contacts.settings import SETTINGS_FILE, Settings


def setting_faults(settings: Settings) -> Iterator[Fault]:
    """A fault for every time zone that is none."""
    path = settings.workspace / SETTINGS_FILE
    named = [("default_timezone", "default_timezone", settings.default_timezone)]
    named += [
        (f"owner {owner.email}: timezone", "timezone", owner.timezone)
        for owner in settings.owners
        if owner.timezone is not None
    ]
    for label, key, name in named:
        try:
            zone(name)
        except ValueError as error:
            line, column = _place(path, key, name)
            yield Fault(str(path), line, column, f"{label}: {error}")


def _place(path: Path, key: str, value: str) -> tuple[int, int]:
    """Where the file gives a key this value; its start where the value is from elsewhere."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if key in line.partition("=")[0] and (column := line.find(value, line.find("="))) > 0:
            return number, column
    return 1, 1
