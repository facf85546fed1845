"""Python's search for cyclic garbage, made rare while a pass runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 100_000
"""How many new objects begin a search. Python's own 700 cost a pass a tenth of its CPU, for it
makes many objects that all die by themselves, beside the 160,000 of the loaded libraries."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """For the whole process; where two passes overlap, it may stay rare, which harms nobody."""
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], OBJECTS), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
