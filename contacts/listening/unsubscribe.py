"""A customer who stops us by the link in a message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.store import store_events
from contacts.record.address_keys import address_hash
from contacts.record.optout import BY_LINK, Said, opt_out
from contacts.record.tables import Customer, Suppression
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whom a link belongs to, as far as its page may show."""

    locale: str
    address: str | None


def link_holder(connection: Connection, customer_id: int, channel: str) -> LinkHolder | None:
    """The customer of a link; None for one whose data were erased."""
    column = Customer.phone if channel == "sms" else Customer.email
    row = connection.execute(
        select(Customer.locale, column.label("address")).where(Customer.id == customer_id)
    ).one_or_none()
    return None if row is None else LinkHolder(row.locale, row.address)


def unsubscribe(
    connection: Connection,
    customer_id: int,
    channels: Iterable[str],
    *,
    settings: Settings,
    now: datetime,
) -> None:
    """Stop these channels for the customer; pressing twice changes nothing more."""
    for channel in channels:
        holder = link_holder(connection, customer_id, channel)
        if holder is None or holder.address is None:
            continue
        if _pressed_before(connection, channel, holder.address, settings.signing_key):
            continue
        event = IncomingEvent(
            provider="touchline",
            event_id=f"unsubscribe:{customer_id}:{channel}:{now.isoformat()}",
            kind=EventKind.OPTED_OUT,
            channel=channel,
            occurred_at=now,
            address=holder.address,
        )
        store_events(connection, [event], now=now)
        said = Said(channel, customer_id, holder.address, BY_LINK, event.event_id, now)
        opt_out(connection, said, signing_key=settings.signing_key, now=now)


def _pressed_before(connection: Connection, channel: str, address: str, signing_key: str) -> bool:
    found = connection.execute(
        select(Suppression.id).where(
            Suppression.address_hash == address_hash(signing_key, address),
            Suppression.channel == channel,
            Suppression.source == BY_LINK,
            Suppression.lifted_at.is_(None),
        )
    )
    return found.first() is not None
