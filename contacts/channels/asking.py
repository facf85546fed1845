"""Asking a provider whether it has a message, where nothing it told us says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InDoubt:
    """An attempt whose answer nobody knows."""

    attempt_id: str
    address: str
    text: str
    began_at: datetime


class Found(StrEnum):
    """What a provider's list says of an attempt."""

    OURS = "ours"  # it is there
    ABSENT = "absent"  # the whole list was read, and it is not there
    UNCLEAR = "unclear"  # something that may be it is there
    NO_LIST = "no_list"  # this account has no such list
    NO_ANSWER = "no_answer"  # the list could not be read (now)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message on the list that may be the one in doubt."""

    provider_id: str
    created_at: datetime | None  # None: the list does not say
    is_ours: bool  # by our mark, or by its words


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at a list. `listed` is to be judged by who knows whose the other messages are."""

    found: Found
    listed: tuple[Listed, ...] = ()

    @classmethod
    def at(cls, listed: tuple[Listed, ...]) -> "Looked":
        """What a list says that was read to its end."""
        if not listed:
            return cls(Found.ABSENT)
        return cls(Found.OURS if any(one.is_ours for one in listed) else Found.UNCLEAR, listed)

    def without(self, others: set[str]) -> "Looked":
        """The same, leaving out messages that are known to be other attempts'."""
        if not self.listed:
            return self
        return Looked.at(tuple(one for one in self.listed if one.provider_id not in others))


class MessageList(Protocol):
    """A provider's own list of what it accepted."""

    settle: timedelta
    """So long after a request an accepted message is on the list, or has not been accepted."""
    most: int
    """How many look-ups one pass may make."""
    at_once: int

    async def look_up(self, doubt: InDoubt) -> Looked:
        """Read the list for one attempt. Changes nothing, and no failure leaves it."""
