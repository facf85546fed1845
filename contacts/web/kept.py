"""Counts over everybody, kept for a few minutes: nobody needs them anew for every page."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

KEPT_FOR = timedelta(minutes=5)
_MOST = 200
Found = TypeVar("Found")


class Kept:
    """Results by their name; one that is too old is made anew by who asks for it next."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._found: dict[Hashable, tuple[datetime, Any]] = {}
        self._lock = Lock()

    def get(self, name: Hashable, make: Callable[[], Found]) -> tuple[Found, datetime]:
        """What was made under this name, and when."""
        now = self._clock()
        with self._lock:
            kept = self._found.get(name)
        if kept is None or not timedelta() <= now - kept[0] < KEPT_FOR:
            kept = (now, make())
            with self._lock:
                if len(self._found) >= _MOST:
                    self._found.clear()
                self._found[name] = kept
        return kept[1], kept[0]
