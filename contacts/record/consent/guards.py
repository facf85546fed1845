"""What forbids a touch right now: suppression, consent, closed channels, what the day already had.

Read in bulk by the planner, and once more inside the gate's own transaction, so that an opt-out
committed before it always wins.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.model import Kind
from contacts.cadences.reach import NEVER_ASKED, Agreed, Purpose, Reach, why_not
from contacts.record.consent.suppression import consents, suppressed
from contacts.record.customers.address_keys import address_hash

WRITTEN = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Guards:
    channels: frozenset[str]  # those that were looked at; by another one nobody is reached
    said: dict[tuple[int, str], Agreed]  # by (customer, channel)
    left_alone: dict[tuple[int, str], str]  # the scope of a suppression, by (customer, channel)

    def reach(self, customer: CustomerFacts, purpose: Purpose) -> Reach:
        """Which channels reach this customer for this purpose."""
        by_mail, by_sms = (customer.id, "email"), (customer.id, "sms")
        return Reach(
            email=why_not(
                Kind.EMAIL,
                customer.email if "email" in self.channels else "",
                purpose=purpose,
                suppressed=self.left_alone.get(by_mail),
                agreed=self.said.get(by_mail, NEVER_ASKED),
            ),
            sms=why_not(
                Kind.SMS,
                customer.phone if "sms" in self.channels else "",
                purpose=purpose,
                suppressed=self.left_alone.get(by_sms),
                agreed=self.said.get(by_sms, NEVER_ASKED),
            ),
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
        left_alone={
            key: banned[digest, key[1]]
            for key, digest in hashes.items()
            if (digest, key[1]) in banned
        },
    )
