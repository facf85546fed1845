"""How often something may be asked for: token buckets in memory, and only so many of them.

A bucket that nobody asked for in a while is full, and so is one that is not there. So the one that
was used longest ago may always go, and a stranger who makes up names fills no memory.
"""

from collections import OrderedDict

_MOST = 10_000


class Buckets:
    """One bucket a name: `burst` at once, then one more every `seconds`.

    Of the times in `now`, in seconds, only the differences count. It may run backwards.
    """

    def __init__(self, burst: int, seconds: float, *, most: int = _MOST) -> None:
        self.burst = burst
        self.seconds = seconds
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, name: str, now: float) -> float:
        """Take one; return 0, or without taking any the seconds until there is one."""
        if wait := self.wait(name, now):
            return wait
        self._left[name] = (self._filled(name, now) - 1, now)
        self._left.move_to_end(name)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return 0.0

    def wait(self, name: str, now: float) -> float:
        """Seconds until there is one to take; 0 if there is."""
        return max(0.0, (1 - self._filled(name, now)) * self.seconds)

    def _filled(self, name: str, now: float) -> float:
        left, since = self._left.get(name, (float(self.burst), now))
        return min(self.burst, left + max(0.0, now - since) / self.seconds)
