"""Who slips away, and who grows: the reason, who was in touch since, and what happens next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from contacts.cadences.signals import GROWING, SLIPPING
from contacts.record.customers.in_touch import ByHand, last_by_hand
from contacts.record.many import one_of
from contacts.record.orders.signals import OpenSignal, Such, count_open, open_signals
from contacts.record.tables import Customer
from contacts.web.board.book import Upcoming, next_of


@dataclass(frozen=True, slots=True)
class Noticed:
    """A signal with what its owner asks before acting on it."""

    signal: OpenSignal
    last_contact_at: datetime | None
    reached: ByHand | None
    """Whoever reached them in person since it was noticed: nobody need be urged again."""
    next: Upcoming | None


@dataclass(frozen=True, slots=True)
class AllNoticed:
    shown: list[Noticed]
    """Who slips away before who grows; of these whom nobody reached yet before the others."""
    count: int
    new: int
    """Of those who slip away, how many were noticed since the working day before began."""


def all_noticed(
    connection: Connection,
    owners: Collection[int] | None,
    *,
    zone: str,
    since: datetime,
    most: int,
) -> AllNoticed:
    """The weightiest; `zone` is that of the business."""
    signals: list[OpenSignal] = []
    for kinds in (SLIPPING, GROWING):
        if left := most - len(signals):
            such = Such(owners, kinds)
            signals += open_signals(connection, zone=zone, such=such, limit=left)
    new = sum(count_open(connection, Such(owners, SLIPPING, since=since)).values())
    count = sum(count_open(connection, Such(owners)).values())
    return AllNoticed(_with_the_rest(connection, signals), count, new)


def _with_the_rest(connection: Connection, signals: list[OpenSignal]) -> list[Noticed]:
    ids = {one.customer_id for one in signals}
    contacts = dict(connection.execute(_LAST_CONTACTS, {"customers": ids}).all())
    by_hand, upcoming = last_by_hand(connection, ids), next_of(connection, ids)

    def since(one: OpenSignal) -> ByHand | None:
        last = by_hand.get(one.customer_id)
        return last if last is not None and last.at >= one.raised_at else None

    found = [
        Noticed(one, contacts[one.customer_id], since(one), upcoming.get(one.customer_id))
        for one in signals
    ]
    return sorted(found, key=lambda one: (not one.signal.is_slipping, one.reached is not None))


_LAST_CONTACTS = select(Customer.id, Customer.last_contact_at).where(
    one_of(Customer.id, "customers")
)
