"""A cadence together with the very text it was read from; that text is its version."""

from dataclasses import dataclass
from pathlib import Path

from contacts.cadences.model import Cadence


@dataclass(frozen=True, slots=True)
class LoadedCadence:
    cadence: Cadence
    source: str
    sha256: str  # of the source, in hex
    path: Path

    @property
    def name(self) -> str:
        return self.cadence.name
