"""The stand-in's clock: the real one, or an instant that a simulation sets."""

from datetime import UTC, datetime


class Clock:
    def __init__(self) -> None:
        self._at: datetime | None = None

    def set(self, at: datetime | None) -> None:
        """Stand still at `at`; go with the real time again for None."""
        self._at = at

    def now(self) -> datetime:
        return self._at or datetime.now(UTC)
