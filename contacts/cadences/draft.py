"""A cadence file that may have faults, as the rules look at it, and what they say of it."""

from dataclasses import dataclass

from contacts.cadences.model import Start, Step
from contacts.cadences.spans import Span
from contacts.cadences.tree import Loc, Tree
from contacts.windows import Weekly, Window


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken, and the value (or, where it is a key too many, the key) that does."""

    loc: Loc
    message: str
    offset: int | None = None  # characters inside the value, where known
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file says: all of it as text, and those of its parts that are sound in themselves."""

    tree: Tree
    stem: str
    start: Start | None
    window: Window | None
    usual: Weekly | None  # what windows leave out; None where it is not known
    repeat: Span | None
    steps: dict[int, Step]

    @property
    def count(self) -> int:
        """How many steps the file has, sound or not."""
        steps = self.tree.get(("steps",))
        return len(steps) if isinstance(steps, list) else 0

    def misspells(self, number: int) -> bool:
        """Whether a step has a key that no step has; it may be any of those that seem missing."""
        return bool(set(self.tree.get(("steps", number))) - set(Step.model_fields))

    def has(self, *loc: str | int) -> bool:
        return loc in self.tree.values
