"""What a pass did, as counts and ids per cadence; never a name or an address."""

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contacts.cadences.faults import Fault


@dataclass(slots=True)
class PlanCounts:
    enrolled: int = 0
    planned: int = 0
    spread: int = 0  # moved away from another cadence's message, of this one or of theirs
    finished: int = 0
    stopped: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # by reason


@dataclass(slots=True)
class SendCounts:
    due: int = 0
    sent: int = 0
    tasks: int = 0  # human touches handed to their owners
    failed: int = 0
    held: int = 0  # in doubt, or waiting for a closed channel
    deferred: Counter[str] = field(default_factory=Counter)  # by reason
    skipped: Counter[str] = field(default_factory=Counter)  # by reason


class Gone(NamedTuple):
    """A touch whose request was answered for good, or whose answer is in doubt."""

    touch_id: int
    customer_id: int
    state: str  # the touch's: accepted, failed or unknown


_STATES = ("accepted", "failed", "unknown")


@dataclass(slots=True)
class GoneTouches:
    """Touches in the order of their answers; 17 bytes each, for a pass has any number of them."""

    _touches: "array[int]" = field(default_factory=lambda: array("q"))
    _customers: "array[int]" = field(default_factory=lambda: array("q"))
    _states: "array[int]" = field(default_factory=lambda: array("b"))

    def add(self, touch_id: int, customer_id: int, state: str) -> None:
        self._touches.append(touch_id)
        self._customers.append(customer_id)
        self._states.append(_STATES.index(state))

    def extend(self, other: "GoneTouches") -> None:
        self._touches += other._touches
        self._customers += other._customers
        self._states += other._states

    def __iter__(self) -> Iterator[Gone]:
        for touch_id, customer_id, state in zip(
            self._touches, self._customers, self._states, strict=True
        ):
            yield Gone(touch_id, customer_id, _STATES[state])

    def __len__(self) -> int:
        return len(self._touches)


@dataclass(slots=True)
class PlanReport:
    cadences: dict[str, PlanCounts] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    """Customers whose time on a cadence the planner ended."""

    def of(self, cadence: str) -> PlanCounts:
        return self.cadences.setdefault(cadence, PlanCounts())

    def add(self, other: "PlanReport") -> None:
        """Count what the other counted as well."""
        self.ended |= other.ended
        for cadence, more in other.cadences.items():
            counts = self.of(cadence)
            counts.enrolled += more.enrolled
            counts.planned += more.planned
            counts.spread += more.spread
            counts.finished += more.finished
            counts.stopped += more.stopped
            counts.skipped.update(more.skipped)


@dataclass(slots=True)
class SendReport:
    cadences: dict[str, SendCounts] = field(default_factory=dict)
    gone: dict[str, GoneTouches] = field(default_factory=dict)  # by cadence
    broken: set[Fault] = field(default_factory=set)
    """Where messages and briefs could not be written; a reason may quote a customer's value."""
    fits_at: datetime | None = None
    """When the last message that a sender's rate put off may leave; None if there was none."""

    def of(self, cadence: str) -> SendCounts:
        return self.cadences.setdefault(cadence, SendCounts())

    def add(self, other: "SendReport") -> None:
        """Count what the other counted as well."""
        for cadence, more in other.cadences.items():
            counts = self.of(cadence)
            counts.due += more.due
            counts.sent += more.sent
            counts.tasks += more.tasks
            counts.failed += more.failed
            counts.held += more.held
            counts.deferred.update(more.deferred)
            counts.skipped.update(more.skipped)
        for cadence, touches in other.gone.items():
            self.gone.setdefault(cadence, GoneTouches()).extend(touches)
        self.broken |= other.broken
        self.fits_at = max(filter(None, (self.fits_at, other.fits_at)), default=None)

    @property
    def sent(self) -> int:
        return sum(counts.sent for counts in self.cadences.values())

    @property
    def tasks(self) -> int:
        return sum(counts.tasks for counts in self.cadences.values())

    @property
    def held(self) -> int:
        return sum(counts.held for counts in self.cadences.values())
