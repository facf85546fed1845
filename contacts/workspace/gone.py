"""Cadences whose file is gone while customers are still on them: nobody plans their next steps."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from contacts.cadences.model import CONFIRM_CONSENT
from contacts.record.touches.coming import courses
from contacts.settings import Settings
from contacts.wording import so_many
from contacts.workspace.files import ENDING, cadence_files, misnamed

REMEDY = "put it back, and they go on where they are"


@dataclass(frozen=True, slots=True)
class Gone:
    """A cadence without a file, and how many customers are under way on it."""

    name: str
    customers: int

    @property
    def words(self) -> str:
        are = "is" if self.customers == 1 else "are"
        return (
            f"{self.name}: its file cadences/{self.name}{ENDING} is gone, and "
            f"{so_many(self.customers, 'customer')} {are} still under way: what is planned leaves, "
            "nothing follows it"
        )


def gone_cadences(connection: Connection, settings: Settings) -> list[Gone]:
    """Those of the whole book, by name; a file with a fault is told as such, and is there."""
    return gone_among(courses(connection, of=None), settings)


def gone_among(courses: Mapping[tuple[str, str], int], settings: Settings) -> list[Gone]:
    """Of what `courses` counted."""
    there = _named_by_files(settings)
    active = ((name, count) for (name, state), count in courses.items() if state == "active")
    return [Gone(name, count) for name, count in sorted(active) if name not in there]


def _named_by_files(settings: Settings) -> Collection[str]:
    folder = settings.workspace / "cadences"
    misspelt = (fault.path.rpartition("/")[2].partition(".")[0] for fault in misnamed(folder))
    return {*(path.stem for path in cadence_files(folder)), *misspelt, CONFIRM_CONSENT}
