"""How a pass uses the machine, for the while that it runs: it wants throughput, not short waits."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

OBJECTS = 100_000
"""How many new objects begin a search. Python's own 700 cost a pass a tenth of its CPU, for it
makes many objects that all die by themselves, beside the 160,000 of the loaded libraries."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Search for cyclic garbage rarely.

    For the whole process; where two passes overlap, it may stay rare, which harms nobody.
    """
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], OBJECTS), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def batch_scheduling() -> Iterator[None]:
    """Let this thread, and those that it starts meanwhile, wait for one another to pause (Linux).

    The event loop, the record's thread and the HTTP client's wake one another for every message,
    and all but the client want the one interpreter. By Linux's usual policy whoever wakes takes the
    processor at once, and finds the interpreter taken; under SCHED_BATCH (sched(7)) it does not.
    """
    if not hasattr(os, "SCHED_BATCH"):
        yield
        return
    usual = os.sched_getscheduler(0)
    if usual == os.SCHED_OTHER:
        _schedule(os.SCHED_BATCH)
    try:
        yield
    finally:
        if usual == os.SCHED_OTHER:
            _schedule(usual)


def _schedule(policy: int) -> None:
    with suppress(OSError):  # a sandbox may forbid it, and everything works without
        os.sched_setscheduler(0, policy, os.sched_param(0))
