"""Seconds that pass, for the deadlines and the instants inside a pass."""

import time

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)


def elapsed() -> float:
    """Seconds that never go back; those that the machine sleeps count too, where it tells (Linux).

    By `time.monotonic`, which stands still meanwhile, a pass would wake up in the hour in which it
    fell asleep, with a lease that still seems good.
    """
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)
