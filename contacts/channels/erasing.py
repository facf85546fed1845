"""Asking a provider to erase what it has of somebody."""

from dataclasses import dataclass
from typing import Protocol

from contacts.channels.wire import Reply, WireFailure


@dataclass(frozen=True, slots=True)
class Erasing:
    """What came of asking once; what is not done may be asked again."""

    done: bool
    http_status: int | None = None
    code: str | None = None
    """The kind of failure of the wire, where there was no answer."""


class Eraser(Protocol):
    """A provider that erases by the address it wrote to, or by the message's id."""

    async def erase(self, target: str) -> Erasing:
        """Ask once. No failure leaves it."""


def judged(reply: Reply | WireFailure, done: frozenset[int]) -> Erasing:
    """Done, where the answer has one of these statuses."""
    if isinstance(reply, WireFailure):
        return Erasing(done=False, code=reply.code)
    return Erasing(reply.status in done, reply.status)
