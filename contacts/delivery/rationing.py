"""How many of a batch may leave now: one where a channel is tried again, else what its rate allows.

What may not is put back with the instant at which it may; nothing is slept on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.model import Kind
from contacts.cadences.permit import Later, Send, Verdict
from contacts.cadences.reasons import Reason
from contacts.channels.outbox import Outbox
from contacts.delivery.breaker import Standstill, may_try
from contacts.delivery.prepare import Prepared
from contacts.record.sending.channels import CHANNELS
from contacts.record.sending.rates import Rate, take
from contacts.settings import Settings

SMS_SEGMENTS_PER_SECOND = 1.0
"""What carriers take from one ordinary number in the US and Canada."""
Verdicts = list[tuple[Prepared, Verdict]]
SizeOf = Callable[[Prepared, Kind], int]
"""What a message by a channel takes of its sender's rate."""


def rates_of(settings: Settings, outbox: Outbox) -> dict[str, Rate]:
    """The limit of each channel that has one; without a setting only live SMS has."""
    sms = settings.sms_segments_per_second
    if sms is None and "sms" in outbox.live:
        sms = SMS_SEGMENTS_PER_SECOND
    said = {
        "email": (settings.sender_email, settings.email_per_second),
        "sms": (settings.sms_sender, sms),
    }
    return {
        channel: Rate(channel, sender, per_second)
        for channel, (sender, per_second) in said.items()
        if per_second
    }


def ration(
    connection: Connection,
    verdicts: Verdicts,
    size_of: SizeOf,
    *,
    stills: Mapping[str, Standstill],
    rates: Mapping[str, Rate],
    now: datetime,
) -> Verdicts:
    """The verdicts, with those put off that may not leave yet."""
    later: dict[int, Later] = {}
    for channel in CHANNELS if stills or rates else ():
        going = [
            one
            for one, verdict in verdicts
            if isinstance(verdict, Send) and verdict.channel == channel
        ]
        if going and channel in stills:
            later |= _stand(connection, stills[channel], going, now)
        elif going and channel in rates:
            later |= _fit(connection, rates[channel], going, size_of, now)
    if not later:
        return verdicts
    return [(one, later.get(one.touch.id, verdict)) for one, verdict in verdicts]


def _stand(
    connection: Connection, still: Standstill, going: Sequence[Prepared], now: datetime
) -> dict[int, Later]:
    """All wait, but for the one that tries."""
    waiting = going[1:] if may_try(connection, still, now) else going
    return {one.touch.id: Later(still.back_at(one.touch.id), still.reason) for one in waiting}


def _fit(
    connection: Connection, rate: Rate, going: Sequence[Prepared], size_of: SizeOf, now: datetime
) -> dict[int, Later]:
    waits = take(connection, rate, [size_of(one, Kind(rate.channel)) for one in going])
    return {
        one.touch.id: Later(now + wait, Reason.RATE)
        for one, wait in zip(going, waits, strict=True)
        if wait is not None
    }
