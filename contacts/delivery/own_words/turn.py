"""One message that is no touch: whether it may leave by a channel now.

It goes by the same rules as a touch: a closed, resting or held channel, and the sender's rate.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.delivery.breaker import may_try, standstills
from contacts.record.sending.rates import Rate, take

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
        return None if may_try(connection, still, now) else still.until
    if channel in rates and take(connection, rates[channel], [1]) != [None]:
        return now + LOOK_EVERY
    return None
