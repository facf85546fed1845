"""A customer who stops us by the link in a message."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from contacts.cadences.reach import Scope
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.store import store_events
from contacts.record.consent.optout import BY_LINK, Said, opt_out
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import erased_among
from contacts.record.locks import hold_customers
from contacts.record.tables import Consent, Customer
from contacts.settings import Settings


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whom a link belongs to, as far as its page may show."""

    locale: str
    address: str | None


def link_holder(connection: Connection, customer_id: int, channel: str) -> LinkHolder | None:
    """The customer of a link, without an address where none is on record; None for nobody."""
    column = Customer.phone if channel == "sms" else Customer.email
    row = connection.execute(
        select(Customer.locale, column.label("address")).where(Customer.id == customer_id)
    ).one_or_none()
    return None if row is None else LinkHolder(row.locale, row.address)


def unsubscribe(
    connection: Connection,
    customer_id: int,
    channel: str,
    *,
    everything: bool = False,
    settings: Settings,
    now: datetime,
) -> None:
    """Stop the link's channel for the customer, or everything; pressing twice changes no more.

    The link of a mail stops marketing: what they bought goes on being written about. That of an SMS
    stands for STOP, which cannot be answered everywhere, and stops every SMS.
    """
    scopes = {"sms": Scope.ALL} if channel == "sms" else {"email": Scope.MARKETING}
    if everything:
        scopes = {"email": Scope.ALL, "sms": Scope.ALL}
    hold_customers(connection, [customer_id], by_number="sms" in scopes)
    for stopped, scope in scopes.items():
        _stop(connection, customer_id, stopped, scope, settings, now)


def _stop(
    connection: Connection,
    customer_id: int,
    channel: str,
    scope: Scope,
    settings: Settings,
    now: datetime,
) -> None:
    """Write the word down in any case: an address that is not known today may be so tomorrow."""
    holder = link_holder(connection, customer_id, channel)
    if holder is None or erased_among(connection, [customer_id]):
        return
    evidence = f"unsubscribe:{customer_id}:{channel}:{now.isoformat()}"
    said = Said(channel, customer_id, holder.address, BY_LINK, evidence, now, scope)
    if _pressed_before(connection, customer_id, said, signing_key=settings.signing_key):
        return
    if said.address is not None:
        event = _event(said)
        store_events(connection, [event], signing_key=settings.signing_key, now=now)
    opt_out(connection, said, settings=settings, now=now)


def _event(said: Said) -> IncomingEvent:
    return IncomingEvent(
        provider="touchline",
        event_id=said.evidence,
        kind=EventKind.OPTED_OUT,
        channel=said.channel,
        occurred_at=said.at,
        address=said.address,
        detail=_WORDS[said.scope],
        marketing_only=said.scope is Scope.MARKETING,
    )


def _pressed_before(
    connection: Connection, customer_id: int, said: Said, *, signing_key: str
) -> bool:
    """Whether the link was the last word on this channel, and nothing was lifted since."""
    last = connection.execute(
        select(Consent.source, Consent.granted, Consent.purpose)
        .where(Consent.customer_id == customer_id, Consent.channel == said.channel)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.granted or last.source != BY_LINK:
        return False
    if said.address is None:
        return last.purpose in ("", said.scope)
    hashed = address_hash(signing_key, said.address)
    closed = suppressed(connection, [hashed]).get((hashed, said.channel))
    return closed in (said.scope, Scope.ALL)


_WORDS = {
    Scope.MARKETING: "marketing; messages about what they bought go on",
    Scope.ALL: "every message",
}
