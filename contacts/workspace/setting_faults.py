"""Settings that are well formed and yet cannot work, told where they are set."""

from collections.abc import Iterator
from typing import NamedTuple

from contacts.cadences.faults import Fault
from contacts.cadences.timezones import zone
from contacts.caps import Cap
from contacts.channels.provider_urls import url_problem
from contacts.record.book.owners import owner_problems
from contacts.settings import SETTINGS_FILE, TASK, Settings
from contacts.settings_file.errors import SettingsError
from contacts.settings_file.places import Loc
from contacts.settings_file.refused import fault_at
from contacts.settings_file.words import nearest
from contacts.workspace.files import ENDING, cadence_files


class _Look(NamedTuple):
    loc: Loc
    problem: str | None
    label: str = ""


def setting_faults(settings: Settings) -> Iterator[Fault]:
    """A fault for each value that cannot be, at its place; SettingsError for a variable's."""
    toml = settings.workspace / SETTINGS_FILE
    for look in _looks(settings):
        if look.problem is None:
            continue
        fault = fault_at(toml, look.loc, look.problem, label=look.label)
        if fault.path is None:
            raise SettingsError.of([fault])
        yield Fault(str(fault.path), fault.line, fault.column, fault.message)


def _looks(settings: Settings) -> Iterator[_Look]:
    yield _Look(("sendgrid_url",), url_problem(settings.sendgrid_url))
    yield _Look(("twilio_url",), url_problem(settings.twilio_url))
    yield _Look(("default_timezone",), _zone_problem(settings.default_timezone))
    for cap, before in settings.caps.never_met():
        yield _Look(cap.loc, _of_no_effect(cap, before))
    for number, name in enumerate(settings.stale_policy):
        yield _Look(("stale_policy", number), _policy_problem(name, settings), "stale_policy")
    for one in owner_problems(settings):
        yield _Look(one.loc, one.problem, one.label)


def _of_no_effect(cap: Cap, before: Cap) -> str:
    other = f"'{'.'.join(before.loc)}' allows {before.most}"
    return f"{cap.most} is never reached, for {other}; lower it or take it out"


def _policy_problem(name: str, settings: Settings) -> str | None:
    """A cadence that is not there would be passed over in silence; as usual, some need not be."""
    if "stale_policy" not in settings.model_fields_set or name == TASK:
        return None
    files = cadence_files(settings.workspace / "cadences")
    known = [*(path.stem for path in files), TASK]
    if name in known:
        return None
    near = nearest(name, known)
    hint = f"did you mean '{near}'?" if near else f"its file would be cadences/{name}{ENDING}"
    return f"there is no cadence '{name}'; {hint}"


def _zone_problem(name: str | None) -> str | None:
    try:
        if name is not None:
            zone(name)
    except ValueError as error:
        return str(error)
    return None
