"""Checks a workspace before anything is sent: cadences, the messages they use, and settings."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from contacts.cadences.faults import Fault, FaultyFile
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import Kind, Step
from contacts.cadences.tree import Loc, Tree, read_tree
from contacts.messages.shelf import FOLDERS
from contacts.messages.templates import builtin_templates, templates_of
from contacts.settings import SETTINGS_FILE, Settings
from contacts.workspace.files import cadence_files, load_cadence, misnamed
from contacts.workspace.own_messages import misplaced, own_messages
from contacts.workspace.setting_faults import setting_faults


@dataclass(slots=True)
class Checked:
    """What was looked at, and what is wrong with it."""

    cadences: set[Path] = field(default_factory=set)
    messages: set[Path] = field(default_factory=set)
    """Their folders, in the workspace or among those that come along."""
    faults: set[Fault] = field(default_factory=set)

    def within(self, path: Path) -> "Checked":
        """The part of it that lies under a path, or that the path is a part of."""
        path = path.absolute()
        return Checked(
            {one for one in self.cadences if one.absolute().is_relative_to(path)},
            {one for one in self.messages if one.is_relative_to(path) or path.is_relative_to(one)},
            {one for one in self.faults if Path(one.path).absolute().is_relative_to(path)},
        )


def examine(settings: Settings) -> Checked:
    """Look at every cadence, every message used or at hand, and the settings."""
    folder, templates = settings.workspace / "cadences", settings.workspace / "templates"
    check = _Check(settings)
    for path in cadence_files(folder):
        check.cadence(path)
    for kind, name in own_messages(templates):
        check.message(kind, name)
    check.checked.faults.update(misnamed(folder), misplaced(templates), setting_faults(settings))
    return check.checked


def examine_file(path: Path, settings: Settings | None) -> Checked:
    """Look at one cadence file and, where a workspace is known, at the messages it uses."""
    check = _Check(settings)
    check.cadence(path)
    return check.checked


class _Check:
    def __init__(self, settings: Settings | None) -> None:
        self.checked = Checked()
        self._settings = settings
        self._templates = templates_of(settings) if settings else None

    def cadence(self, path: Path) -> None:
        self.checked.cadences.add(path)
        try:
            loaded = load_cadence(path)
        except FaultyFile as error:
            self.checked.faults.update(error.faults)
            return
        tree = read_tree(loaded.source)
        self._address(loaded, tree)
        for number, step in enumerate(loaded.cadence.steps):
            for kind in _channels(step):
                self._route(loaded, tree, number, kind)

    def message(self, kind: str, name: str) -> None:
        if self._settings is None or self._templates is None:
            return
        place = Path(FOLDERS[kind]) / name
        own = self._settings.workspace / "templates" / place
        path = own if own.is_dir() else builtin_templates() / place
        if path not in self.checked.messages:
            self.checked.messages.add(path)
            self.checked.faults.update(self._templates.faults(kind, name))

    def _route(self, loaded: LoadedCadence, tree: Tree, number: int, kind: Kind) -> None:
        """A message that is not there is told where the step names it."""
        if self._templates is None:
            return
        step, known = loaded.cadence.steps[number], self._templates.names(kind)
        if step.template in known:
            self.message(kind, step.template)
            return
        near = get_close_matches(step.template, known, n=1)
        where = f"templates/{FOLDERS[kind]}/{step.template}/"
        hint = f"did you mean '{near[0]}'?" if near else f"make it in {where}"
        message = f"step '{step.key}': there is no {kind} '{step.template}'; {hint}"
        self._tell(loaded, tree, ("steps", number, "template"), message)

    def _address(self, loaded: LoadedCadence, tree: Tree) -> None:
        if loaded.cadence.purpose != "marketing" or self._settings is None:
            return
        kinds = {kind for _, kind in loaded.cadence.routes()}
        if Kind.EMAIL in kinds and not self._settings.business_address.strip():
            message = (
                f"marketing mail needs your postal address: set business_address in {SETTINGS_FILE}"
            )
            self._tell(loaded, tree, ("purpose",), message)

    def _tell(self, loaded: LoadedCadence, tree: Tree, loc: Loc, message: str) -> None:
        line, column = tree.value_at(loc)
        self.checked.faults.add(Fault(str(loaded.path), line, column, message))


def _channels(step: Step) -> list[Kind]:
    return [step.channel, *([step.otherwise] if step.otherwise else [])]
