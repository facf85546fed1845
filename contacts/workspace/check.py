"""Checks a workspace before anything is sent: cadences, the messages they use, and settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contacts.cadences.facts import Facts
from contacts.cadences.faults import Fault, FaultyFile
from contacts.messages.shelf import FOLDERS
from contacts.settings import Settings
from contacts.windows import USUAL
from contacts.workspace.files import cadence_files, load_cadence, misnamed
from contacts.workspace.message_words import MessageWords
from contacts.workspace.named import Named, named_messages, naming_faults, shelf_of
from contacts.workspace.own_messages import misplaced, own_messages
from contacts.workspace.setting_faults import setting_faults
from contacts.workspace.sound_messages import SoundMessages


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


def examine(settings: Settings, abroad: Sequence[Facts] = ()) -> Checked:
    """Look at every cadence, every message used or at hand, and the settings.

    `abroad` are customers on record in countries with rules of their own (`customers_abroad`).
    """
    folder, templates = settings.workspace / "cadences", settings.workspace / "templates"
    check = _Check(settings, abroad)
    for path in cadence_files(folder):
        check.cadence(path)
    for kind, name in own_messages(templates):
        check.message(kind, name)
    check.register()
    check.checked.faults.update(misnamed(folder), misplaced(templates), setting_faults(settings))
    return check.checked


def examine_file(path: Path, settings: Settings | None, abroad: Sequence[Facts] = ()) -> Checked:
    """Look at one cadence file and, where a workspace is known, at the messages it uses."""
    check = _Check(settings, abroad)
    check.cadence(path)
    return check.checked


class _Check:
    def __init__(self, settings: Settings | None, abroad: Sequence[Facts]) -> None:
        self.checked = Checked()
        self._settings = settings
        self._abroad = abroad
        self._shelf = shelf_of(settings) if settings else None
        self._words = MessageWords(settings, self._shelf) if settings and self._shelf else None
        self._sound = (
            SoundMessages(settings, self._words.faults) if settings and self._words else None
        )
        self._seen: set[Named] = set()

    def cadence(self, path: Path) -> None:
        self.checked.cadences.add(path)
        try:
            loaded = load_cadence(path, self._settings.usual_hours if self._settings else USUAL)
        except FaultyFile as error:
            self.checked.faults.update(error.faults)
            return
        if self._settings is None or self._shelf is None or self._words is None:
            return
        self.checked.faults.update(naming_faults(loaded, self._shelf, self._settings))
        for one in named_messages(loaded.cadence, self._shelf):
            self._look_at(one)
        self.checked.faults.update(self._words.faults_abroad(loaded.cadence, self._abroad))

    def message(self, kind: str, name: str) -> None:
        """A message of the workspace's own, whether any cadence names it or not."""
        place = self._shelf.find(FOLDERS[kind], name) if self._shelf else None
        if place is not None and place not in self.checked.messages:
            self._look_at(Named(kind, name, place))

    def register(self) -> None:
        """The list of texts that carriers know."""
        if self._words is not None:
            self.checked.faults.update(self._words.register_faults())

    def _look_at(self, one: Named) -> None:
        if self._sound is not None and one not in self._seen:
            self._seen.add(one)
            self.checked.messages.add(one.place)
            self.checked.faults.update(self._sound.faults(one))
