"""Whether a customer's days have room for one more message, under every cap. Pure.

What is taken are messages, each a channel and a local day. What lies ahead of the day that is
asked about counts as well: so no days in a row ever hold more than their cap, in whatever order
they were filled.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from contacts.caps import DAY, Cap

Taken = Sequence[tuple[str, date]]
IN_TIME = timedelta(minutes=15)
"""A day on which a message would leave shorter than that before its end has no room for it."""
SAME_NUMBER = "same-number"
"""In place of the channel: an SMS to another customer who has the same phone number."""


class Before(NamedTuple):
    """The messages of a customer's days that come before one, by how sure they are."""

    had: Taken = ()  # on record
    going: Taken = ()  # about to leave, if nothing comes between
    planned: Taken = ()  # still to be asked about today, and of higher priority


NOTHING = Before()


def full_cap(taken: Taken, channel: str, day: date, caps: Iterable[Cap] = ()) -> Cap | None:
    """The cap that leaves no room for a message by this channel on that day; None if none does.

    One message a channel and local day is the most without any setting.
    """
    if not taken:
        return None
    for cap in caps:
        if len(taken) < cap.most or cap.channel not in ("", channel):
            continue
        if _counted(taken, cap, day) >= cap.most:
            return cap
    return Cap(1, DAY, channel) if (channel, day) in taken else None


def longest(caps: Iterable[Cap]) -> timedelta:
    """How far back messages count."""
    return timedelta(days=max((cap.days for cap in caps), default=DAY))


def _counted(taken: Taken, cap: Cap, day: date) -> int:
    since = day - timedelta(days=cap.days)
    return sum(on > since and _counts(channel, cap) for channel, on in taken)


def _counts(channel: str, cap: Cap) -> bool:
    if channel == SAME_NUMBER:
        return cap.channel == "sms"
    return cap.channel in ("", channel)
