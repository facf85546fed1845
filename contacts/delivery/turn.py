"""One message that is no touch: whether it may leave by a channel now, and what its answer says.

It goes by the same rules as a touch: a closed, resting or held channel, and the sender's rate.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.answers import FIRST_WAIT
from contacts.delivery.breaker import count_in_doubt, next_probe, standstills, tells
from contacts.record.channels import close_channel, hold_channel, settle_channels, take_probe
from contacts.record.rates import Rate, take

LOOK_EVERY = timedelta(seconds=0.5)
"""At a rate that is used up: often, for the workers who send look as well, every second."""


def take_turn(
    connection: Connection, channel: str, rates: Mapping[str, Rate], *, now: datetime
) -> datetime | None:
    """Take one request of the channel's rate, or the try that is due; else when to ask again.

    Callers own the transaction, and must undo it where they have to wait: a place that is booked
    and not used keeps others waiting.
    """
    still = standstills(connection, now).get(channel)
    if still is not None:
        tries = still.probe and take_probe(
            connection, still.state, next_at=next_probe(still.state, now)
        )
        return None if tries else still.until
    if channel in rates and take(connection, rates[channel], [1]) != [None]:
        return now + LOOK_EVERY
    return None


def learn(connection: Connection, channel: str, receipt: Receipt, *, now: datetime) -> None:
    """Let every worker know what the answer says of the channel; callers own the transaction."""
    if receipt.answer is Answer.UNKNOWN:
        count_in_doubt(connection, channel, 1, anew=False, now=now)
    if not tells(receipt):
        return
    settle_channels(connection, [channel])
    if receipt.answer is Answer.CLOSED:
        reason = f"the provider refuses our key or account ({receipt.code})"
        close_channel(connection, channel, reason=reason, now=now)
    elif receipt.answer is Answer.RETRY:
        asked = receipt.retry_after
        wait = FIRST_WAIT if asked is None else timedelta(seconds=asked)
        hold_channel(connection, channel, until=now + wait, now=now)
