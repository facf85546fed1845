"""A value that is well formed and yet cannot work, told where it is set."""

from pathlib import Path

from contacts.settings_file.errors import SettingFault, SettingsError
from contacts.settings_file.places import Loc
from contacts.settings_file.sources import read_sources
from contacts.settings_file.syntax import read_toml


def refused(toml: Path, loc: Loc, problem: str, *, label: str = "") -> SettingsError:
    """The error of the value at `loc`, which `label` names where its key alone would not do."""
    return SettingsError.of([fault_at(toml, loc, problem, label=label)])


def fault_at(toml: Path, loc: Loc, problem: str, *, label: str = "") -> SettingFault:
    """What is wrong with one value of the workspace whose `touchline.toml` this is."""
    source = read_sources(toml, read_toml(toml)[0] if toml.is_file() else "").of(loc)
    if source is not None and source.path is None:  # a variable, whose name is its place
        return SettingFault(": ".join(part for part in (source.name, label, problem) if part))
    message = f"{label or loc[-1]}: {problem}"
    if source is None:
        return SettingFault(message)
    return SettingFault(message, source.path, *source.value)
