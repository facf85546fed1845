"""Settings that are well formed and yet cannot work, told where they are set."""

from collections.abc import Iterator

from contacts.cadences.faults import Fault
from contacts.cadences.timezones import zone
from contacts.settings import SETTINGS_FILE, Settings
from contacts.settings_file.errors import SettingFault, SettingsError
from contacts.settings_file.places import Loc
from contacts.settings_file.sources import read_sources
from contacts.settings_file.syntax import read_toml


def setting_faults(settings: Settings) -> Iterator[Fault]:
    """A fault for every time zone that is none; SettingsError for one of a variable."""
    path = settings.workspace / SETTINGS_FILE
    sources = read_sources(path, read_toml(path)[0])
    for loc, label, name in _zones(settings):
        try:
            zone(name)
        except ValueError as error:
            source = sources.of(loc)
            if source is None or source.path is None:
                variable = source.name if source else label
                raise SettingsError.of([SettingFault(f"{variable}: {error}")]) from None
            yield Fault(str(source.path), *source.value, f"{label}: {error}")


def _zones(settings: Settings) -> Iterator[tuple[Loc, str, str]]:
    yield ("default_timezone",), "default_timezone", settings.default_timezone
    for number, owner in enumerate(settings.owners):
        if owner.timezone is not None:
            loc = ("owners", number, "timezone")
            yield loc, f"owner {owner.email}: timezone", owner.timezone
