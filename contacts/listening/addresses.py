"""What a bounce or a drop says about an address: that it is dead, that it is not, or nothing."""

import re
from datetime import datetime

from sqlalchemy import Connection, select

from contacts.channels.incoming import EventKind
from contacts.listening.store import Heard
from contacts.record.consent.rerouting import reroute
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash, customers_at
from contacts.record.locks import hold_customers
from contacts.record.tables import Message

# RFC 3463: 5.7.x is about policy and authentication (550 5.7.515), 5.2.2 a full mailbox. Neither
# says anything against the address.
STILL_GOOD = re.compile(r"\b5\.(?:7\.\d{1,3}|2\.2)\b")
# SendGrid's own suppression lists, as they show in the reason of a drop.
_WHY_DROPPED = (
    (re.compile(r"unsubscribed", re.IGNORECASE), "opt_out"),
    (re.compile(r"spam report", re.IGNORECASE), "complained"),
    (re.compile(r"bounced", re.IGNORECASE), "bounced"),
    (re.compile(r"invalid", re.IGNORECASE), "invalid"),
)


def address_failed(connection: Connection, one: Heard, *, signing_key: str, now: datetime) -> None:
    """Suppress the address where this bounce or drop means that mail to it is pointless.

    Cadences go on by what is left; nothing that cannot leave counts as the next touch.
    """
    reason = _reason(one)
    address = one.event.address or _written_to(connection, one.match.attempt_id)
    # An address of nobody whom we know stays as it is: the event is another installation's.
    if reason is None or address is None or one.match.customer_id is None:
        return
    there = customers_at(connection, one.event.channel, address)
    # SendGrid's own lists speak for the customer: no gate may go by what held before them (P3).
    hold_customers(connection, {one.match.customer_id, *there})
    suppress(
        connection,
        address_hash=address_hash(signing_key, address),
        channel=one.event.channel,
        reason=reason,
        source=f"{one.event.provider} {one.event.kind.value}",
        at=one.at,
    )
    reroute(connection, there, opted_out=False, signing_key=signing_key, now=now)


def _reason(one: Heard) -> str | None:
    if one.event.kind is EventKind.BOUNCED:
        if one.event.channel == "sms":
            return "invalid"
        return None if STILL_GOOD.search(one.event.detail) else "bounced"
    return next((why for words, why in _WHY_DROPPED if words.search(one.event.detail)), None)


def _written_to(connection: Connection, attempt_id: str | None) -> str | None:
    address: str | None = connection.execute(
        select(Message.address).where(Message.attempt_id == attempt_id)
    ).scalar_one_or_none()
    return address
