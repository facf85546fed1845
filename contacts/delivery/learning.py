"""What a provider's answer says of its channel: it works, wants time, or refuses our key.

What it says of the touch is for others (contacts/delivery/answers.py); when a channel rests for
answers in doubt is the breaker's to say.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from contacts.cadences.reasons import Reason
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.breaker import count_in_doubt
from contacts.record.sending.channels import close_channel, hold_channel, settle_channels

FIRST_WAIT = timedelta(minutes=1)
"""Where a provider asks for time, and does not say how much."""


class Heard(Protocol):
    """What came back by a channel; no receipt where nothing was sent after all."""

    @property
    def channel(self) -> str: ...
    @property
    def receipt(self) -> Receipt | None: ...
    @property
    def at(self) -> datetime: ...


def tells(receipt: Receipt) -> bool:
    """Whether the provider answered, and said what becomes of the message."""
    return receipt.http_status is not None and receipt.answer is not Answer.UNKNOWN


def halting(receipts: Iterable[Receipt]) -> Reason | None:
    """Why nothing more of a batch may leave after these answers, if so."""
    for receipt in receipts:
        if receipt.answer is Answer.CLOSED:
            return Reason.CHANNEL_CLOSED
        if receipt.answer is Answer.RETRY and tells(receipt):
            return Reason.RATE
    return None


def learn(connection: Connection, batch: Iterable[Heard]) -> None:
    """Let every worker know what these answers say; callers own the transaction.

    Those in doubt were counted as they came, by the waves.
    """
    last: dict[str, Receipt] = {}
    for one in sorted(batch, key=lambda one: one.at):
        receipt = one.receipt
        if receipt is None or (receipt.answer is not Answer.UNKNOWN and not tells(receipt)):
            continue
        last[one.channel] = receipt
        if receipt.answer is not Answer.ACCEPTED:
            _stop(connection, one.channel, receipt, one.at)
    settle_channels(connection, [name for name, receipt in last.items() if tells(receipt)])


def learn_alone(connection: Connection, channel: str, receipt: Receipt, *, now: datetime) -> None:
    """The same of one message that went in no wave, so that its answer in doubt is counted here."""
    if receipt.answer is Answer.UNKNOWN:
        count_in_doubt(connection, channel, 1, anew=False, now=now)
    learn(connection, [_Alone(channel, receipt, now)])


class _Alone(NamedTuple):
    channel: str
    receipt: Receipt
    at: datetime


def _stop(connection: Connection, channel: str, receipt: Receipt, at: datetime) -> None:
    """Nothing more leaves before the provider's time is over, or a person opens the channel."""
    if receipt.answer is Answer.RETRY:
        asked = receipt.retry_after
        wait = FIRST_WAIT if asked is None else timedelta(seconds=asked)
        hold_channel(connection, channel, until=at + wait, now=at)
    elif receipt.answer is Answer.CLOSED:
        reason = f"the provider refuses our key or account ({receipt.code})"
        close_channel(connection, channel, reason=reason, now=at)
