"""Which cadences may be planned, and what holds up the others.

A fault in a cadence's file, or in a message that it names, holds up that cadence alone: what would
be planned could not be written when it is due, and nobody would know until then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from contacts.cadences.faults import Fault
from contacts.cadences.loaded import LoadedCadence
from contacts.settings import Settings
from contacts.workspace.files import sound_cadences
from contacts.workspace.message_words import MessageWords
from contacts.workspace.named import named_messages, naming_faults, shelf_of
from contacts.workspace.own_cadences import own_cadences
from contacts.workspace.sound_messages import SoundMessages


@dataclass(frozen=True, slots=True)
class Plannable:
    cadences: list[LoadedCadence]
    """Those without a fault, ours at the end."""
    held: dict[str, list[Fault]] = field(default_factory=dict)
    """What is wrong with each of the others, by its name."""

    @property
    def faults(self) -> list[Fault]:
        """Each once, also where it holds up several."""
        return sorted(set(chain.from_iterable(self.held.values())))


def plannable(settings: Settings) -> Plannable:
    """Look at every cadence of the workspace and, where they changed, at the messages it names."""
    read, unread = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
    read += own_cadences(settings)
    shelf = shelf_of(settings)
    messages = SoundMessages(settings, MessageWords(settings, shelf).faults)

    def faults_of(loaded: LoadedCadence) -> Iterator[Fault]:
        yield from naming_faults(loaded, shelf, settings)
        for one in named_messages(loaded.cadence, shelf):
            yield from messages.faults(one)

    held: dict[str, list[Fault]] = {}
    for fault in unread:  # a cadence has the name of its file
        held.setdefault(Path(fault.path).stem, []).append(fault)
    for loaded in read:
        if beyond := set(faults_of(loaded)):
            held[loaded.name] = sorted({*beyond, *held.get(loaded.name, ())})
    messages.keep()
    return Plannable([one for one in read if one.name not in held], held)
