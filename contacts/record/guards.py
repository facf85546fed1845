"""What forbids a touch right now: suppression, consent, closed channels, what the day already had.

Read in bulk by the planner, and once more inside the gate's own transaction, so that an opt-out
committed before it always wins.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.reach import Reach, reach_of
from contacts.record.address_keys import address_hash
from contacts.record.suppression import consents, suppressed

WRITTEN = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Guards:
    channels: frozenset[str]  # those that were looked at; by another one nobody is reached
    said: dict[tuple[int, str], bool]  # latest consent by (customer, channel)
    left_alone: set[tuple[int, str]]  # (customer, channel) whose address is suppressed

    def reach(self, customer: CustomerFacts, purpose: Literal["service", "marketing"]) -> Reach:
        """Which channels reach this customer for this purpose."""
        said = {at: self.said[customer.id, at] for at in WRITTEN if (customer.id, at) in self.said}
        return reach_of(
            email=customer.email if "email" in self.channels else "",
            phone=customer.phone if "sms" in self.channels else "",
            said=said,
            suppressed=[at for at in WRITTEN if (customer.id, at) in self.left_alone],
            purpose=purpose,
        )


def load_guards(
    connection: Connection,
    customers: Collection[CustomerFacts],
    *,
    channels: Iterable[str] = WRITTEN,
    signing_key: str,
    now: datetime,
) -> Guards:
    """The guards of these customers on these channels, as they stand in this transaction."""
    asked = frozenset(channels)
    hashes = {
        (customer.id, channel): address_hash(signing_key, address)
        for customer in customers
        for channel, address in (("email", customer.email), ("sms", customer.phone))
        if address and channel in asked
    }
    banned = suppressed(connection, set(hashes.values()))
    return Guards(
        channels=asked,
        said=consents(connection, [customer.id for customer in customers], now=now),
        left_alone={key for key, digest in hashes.items() if (digest, key[1]) in banned},
    )
