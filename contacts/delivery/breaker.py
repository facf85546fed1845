"""The breaker: a channel whose answers leave messages in doubt rests, and tries again with one.

Its counts are in the record, so that every worker and every pass knows them. While a channel rests
nothing leaves by it but probes: one message at a time, after 1, 2, 4, 8 minutes and then every 15.
An answer that tells, whatever it says, ends the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.cadences.permit import LOOK_AGAIN
from contacts.cadences.reasons import Reason
from contacts.record.sending.channels import (
    ChannelState,
    channel_states,
    count_unknown,
    rest_channel,
    take_probe,
)

UNKNOWN_IN_A_ROW = 5
"""docs/promise.md: after so many answers in doubt a channel rests."""
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)
LONGEST_HOLD = timedelta(hours=25)
"""More than any provider's wait: a hold that ends later was written by a clock that was wrong."""
_SPREADS = (timedelta(seconds=30), timedelta(minutes=15))
"""The shortest and the longest. After an hour's storm, passes every five minutes so send at most
half of the backlog each, which is what a pause of everything allows as well."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Why nothing leaves by a channel for now, and when to look again."""

    state: ChannelState
    reason: Reason
    until: datetime
    spread: timedelta
    """Over how long what waited is spread, so that it does not come back as a crowd."""
    probe: bool = False
    """Whether one message may try now."""

    def back_at(self, touch_id: int) -> datetime:
        """When a touch that waits is ready again."""
        return self.until + jitter(touch_id, self.spread)


def count_in_doubt(
    connection: Connection, channel: str, more: int, *, anew: bool, now: datetime
) -> bool:
    """Count answers in doubt; return whether the channel rests for them now."""
    if count_unknown(connection, channel, more, anew=anew, now=now) < UNKNOWN_IN_A_ROW:
        return False
    rest_channel(connection, channel, probe_at=now + FIRST_REST, now=now)
    return True


def standstills(connection: Connection, now: datetime) -> dict[str, Standstill]:
    """The channels by which nothing, or one message only, may leave at `now`."""
    return standstills_of(channel_states(connection), now)


def standstills_of(states: Iterable[ChannelState], now: datetime) -> dict[str, Standstill]:
    """As `standstills`, of channels that were looked at already."""
    found = (_standstill(state, now) for state in states)
    return {still.state.name: still for still in found if still is not None}


def may_try(connection: Connection, still: Standstill, now: datetime) -> bool:
    """Take the try of a channel that stands still, if one is due, for this worker alone.

    The next one is due after as long again as the channel has rested.
    """
    if not still.probe:
        return False
    rested = now - (still.state.rested_at or now)
    next_at = now + min(max(rested, FIRST_REST), LONGEST_REST)
    return take_probe(connection, still.state, next_at=next_at)


def jitter(touch_id: int, span: timedelta) -> timedelta:
    """A part of `span` by the touch's number: neighbours land far apart (Knuth's multiplier)."""
    return span * ((touch_id * 2_654_435_761) % 2**32 / 2**32)


def _standstill(state: ChannelState, now: datetime) -> Standstill | None:
    if not state.open:
        return Standstill(state, Reason.CHANNEL_CLOSED, now + LOOK_AGAIN, timedelta(minutes=5))
    if state.held_until is not None and now < state.held_until <= now + LONGEST_HOLD:
        wait = state.held_until - now
        return Standstill(state, Reason.RATE, state.held_until, _within(wait))
    if state.rested_at is None or state.probe_at is None:
        return None
    spread = _within(now - state.rested_at)
    # A probe set for later than any rest lasts is of a clock that has been put back since.
    if now < state.probe_at <= now + LONGEST_REST:
        return Standstill(state, Reason.RESTING, state.probe_at, spread)
    return Standstill(state, Reason.RESTING, now + FIRST_REST, spread, probe=True)


def _within(wait: timedelta) -> timedelta:
    shortest, longest = _SPREADS
    return min(max(wait, shortest), longest)
