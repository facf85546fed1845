"""What came of an import: how many rows went in, and what was wrong with the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from contacts.cadences.faults import Fault

MOST_SHOWN = 1_000  # faults and warnings each that a report keeps; the counts stay exact


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the rows of one chunk that had no fault."""

    created: int
    updated: int
    unchanged: int
    left_out: int = 0

    def __add__(self, other: "Stored") -> "Stored":
        return Stored(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.left_out + other.left_out,
        )


@dataclass(slots=True)
class ImportReport:
    file: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    later: int = 0
    """Rows dated after `until`, left for a later import."""
    left_out: int = 0
    """Rows of people whose data were erased on their request."""
    refused: int = 0
    """Rows with a fault; under `strict` nothing at all went in then."""
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    warned: Counter[str] = field(default_factory=Counter)
    """How often each of these warnings was told, also beyond what `warnings` keeps."""

    def add(self, stored: Stored) -> None:
        self.created += stored.created
        self.updated += stored.updated
        self.unchanged += stored.unchanged
        self.left_out += stored.left_out

    def refuse(self, faults: Sequence[Fault]) -> None:
        """Count one refused row and keep what is wrong with it."""
        self.refused += 1
        self.faults.extend(faults[: max(0, MOST_SHOWN - len(self.faults))])

    def warn(self, warnings: Sequence[Fault]) -> None:
        self.warnings.extend(warnings[: max(0, MOST_SHOWN - len(self.warnings))])
        for one in warnings:
            if one.message in self.warned or len(self.warned) < MOST_SHOWN:
                self.warned[one.message] += 1

    def nothing_went_in(self) -> None:
        """A strict import with a fault was undone."""
        self.created = self.updated = self.unchanged = 0
