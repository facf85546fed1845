"""What a run of the command line came to, for tests that call it as people do."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Console = Callable[..., Ended]
"""Runs `touchline` with these words."""
Touchline = Callable[..., Awaitable[Ended]]
"""The same on a thread, in a workspace."""
