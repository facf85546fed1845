"""What forbids a touch right now: suppression, consent, closed channels, what the day already had.

Read in bulk by the planner, and once more inside the gate's own transaction, so that an opt-out
committed before it always wins.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.reach import Reach, reach_of
from contacts.record.addresses import address_hash
from contacts.record.suppression import consents, suppressed

WRITTEN = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Guards:
    said: dict[tuple[int, str], bool]  # latest consent by (customer, channel)
    left_alone: set[tuple[int, str]]  # (customer, channel) whose address is suppressed

    def reach(self, customer: CustomerFacts, purpose: Literal["service", "marketing"]) -> Reach:
        """Which channels reach this customer for this purpose."""
        said = {at: self.said[customer.id, at] for at in WRITTEN if (customer.id, at) in self.said}
        return reach_of(
            email=customer.email,
            phone=customer.phone,
            said=said,
            suppressed=[at for at in WRITTEN if (customer.id, at) in self.left_alone],
            purpose=purpose,
        )


def load_guards(
    connection: Connection, customers: Collection[CustomerFacts], *, signing_key: str, now: datetime
) -> Guards:
    """The guards of these customers as they stand in this transaction."""
    hashes = {
        (customer.id, channel): address_hash(signing_key, address)
        for customer in customers
        for channel, address in (("email", customer.email), ("sms", customer.phone))
        if address
    }
    banned = suppressed(connection, set(hashes.values()))
    return Guards(
        said=consents(connection, [customer.id for customer in customers], now=now),
        left_alone={key for key, digest in hashes.items() if (digest, key[1]) in banned},
    )
