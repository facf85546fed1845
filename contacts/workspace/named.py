"""What a cadence needs outside its own file: the messages it names, and marketing's address."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from contacts.cadences.faults import Fault
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.tree import Loc, read_tree
from contacts.messages.shelf import FOLDERS, Shelf
from contacts.messages.templates import builtin_templates
from contacts.settings import SETTINGS_FILE, Settings


class Named(NamedTuple):
    """A message that is there."""

    kind: str  # email, sms, call, visit, letter or brief
    name: str
    place: Path
    """Its folder, in the workspace or among those that come along."""
    is_marketing: bool = False
    """Whether it is an SMS that a marketing cadence sends, which must say more."""


def shelf_of(settings: Settings) -> Shelf:
    """The workspace's own messages, then the ones that come along."""
    return Shelf([settings.workspace / "templates", builtin_templates()])


def named_messages(cadence: Cadence, shelf: Shelf) -> list[Named]:
    """Every message that the cadence names and that is there."""
    routes = {(FOLDERS[kind], step.template): kind for step, kind in cadence.routes()}
    found = ((kind, name, shelf.find(folder, name)) for (folder, name), kind in routes.items())
    marketing = cadence.purpose == "marketing"
    return [
        Named(kind, name, place, marketing and kind is Kind.SMS)
        for kind, name, place in found
        if place is not None
    ]


def naming_faults(loaded: LoadedCadence, shelf: Shelf, settings: Settings) -> list[Fault]:
    """What is not there: an address that marketing needs, a message where a step names it."""
    found = [*_without_address(loaded.cadence, settings), *_without_message(loaded.cadence, shelf)]
    if not found:
        return []
    tree = read_tree(loaded.source)  # costs as much as all of the above, and is seldom needed
    return [Fault(str(loaded.path), *tree.value_at(loc), message) for loc, message in found]


def _without_address(cadence: Cadence, settings: Settings) -> Iterator[tuple[Loc, str]]:
    if cadence.purpose != "marketing" or settings.business_address.strip():
        return
    if any(kind is Kind.EMAIL for _, kind in cadence.routes()):
        yield (
            ("purpose",),
            f"marketing mail needs your postal address: set business_address in {SETTINGS_FILE}",
        )


def _without_message(cadence: Cadence, shelf: Shelf) -> Iterator[tuple[Loc, str]]:
    """A message that is missing on both channels of a step is one mistake: its name."""
    for number, step in enumerate(cadence.steps):
        missing = [
            kind for kind in step.channels() if shelf.find(FOLDERS[kind], step.template) is None
        ]
        if missing:
            kinds = " and no ".join(missing)
            said = f"there is no {kinds} '{step.template}'; {_instead(step, missing, shelf)}"
            yield ("steps", number, "template"), f"step '{step.key}': {said}"


def _instead(step: Step, missing: Sequence[Kind], shelf: Shelf) -> str:
    """The name that was perhaps meant, best one that every channel has; or what to make."""
    names = [set(shelf.names(FOLDERS[kind])) for kind in missing]
    for known in (set.intersection(*names), set.union(*names)):
        if near := get_close_matches(step.template, sorted(known), n=1):
            return f"did you mean '{near[0]}'?"
    return "make it in " + " and ".join(
        f"templates/{FOLDERS[kind]}/{step.template}/" for kind in missing
    )
