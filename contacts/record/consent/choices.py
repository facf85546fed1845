"""What a customer has chosen by now, channel by channel, and what their own link may change.

Callers own the transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.model import Kind
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import NO_WISHES, Wishes, kept_of, wishes_of
from contacts.record.consent.guards import load_guards
from contacts.record.consent.looking_again import look_again
from contacts.record.consent.optout import BY_LINK, BY_PAGE
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.customers.erasures import erased_among
from contacts.record.tables import Customer, Suppression
from contacts.settings import Settings

BY_OWN_WORD = (BY_LINK, BY_PAGE, "by e-mail")
"""How an opt-out was made that the same person may take back by the link of a message."""
CHANNELS = ("email", "sms")


class Came(NamedTuple):
    """Whose link it is, and how it came to them."""

    customer_id: int
    by: str  # the channel of its message
    address_key: str = ""
    """Of the address that the message went to; empty where the link does not tell."""


class Level(IntEnum):
    """How much of a channel a customer takes."""

    NOTHING = 0
    SERVICE = 1  # what they bought is written about
    EVERYTHING = 2


@dataclass(frozen=True, slots=True)
class OnChannel:
    channel: str
    address: str
    level: Level
    highest: Level
    """What the link may raise it to; lowering is always free."""
    closed: str = ""
    """Why it may not be raised: other (the link is of another channel or address, or a provider
    closed it), said (STOP by SMS) or bad (the address bounced, or complained)."""


@dataclass(frozen=True, slots=True)
class Choices:
    customer_id: int
    locale: str
    timezone: str
    channels: Mapping[str, OnChannel]
    """Those by which the customer has an address."""
    wishes: Wishes
    gives_back: bool
    """Whether the link came to an address that is theirs still; else it only takes less."""


def choices(
    connection: Connection, came: Came, *, settings: Settings, now: datetime
) -> Choices | None:
    """The choices of the customer of a link, as it may change them; None for nobody, or erased."""
    row = connection.execute(select(Customer).where(Customer.id == came.customer_id)).one_or_none()
    if row is None or erased_among(connection, [came.customer_id]):
        return None
    person = CustomerFacts(row.id, email=row.email or "", phone=row.phone or "")
    key = settings.signing_key
    guards = load_guards(connection, [person], signing_key=key, now=now)
    closings = _closings(connection, person, key)
    service, marketing = (guards.reach(person, "service"), guards.reach(person, "marketing"))
    gives_back = _is_theirs(came, person, key)
    by = came.by if gives_back else ""
    found = {}
    for kind, address in ((Kind.EMAIL, person.email), (Kind.SMS, person.phone)):
        if address:
            level = _level(service.why_not(kind), marketing.why_not(kind))
            found[str(kind)] = _on_channel(str(kind), address, level, by, closings.get(str(kind)))
    waived_until = row.waived_until
    if waived_until is not None and waived_until < now.date():
        waived_until = None
    wishes = wishes_of(row.wishes, waived_until=waived_until) or NO_WISHES
    return Choices(row.id, row.locale, row.timezone, found, wishes, gives_back)


def keep_wishes(connection: Connection, customer_id: int, wishes: Wishes, *, now: datetime) -> None:
    """Write down what a customer wishes, and have what waited for the earlier wish looked at.

    Without the waiver in it that still holds, that ends too.
    """
    values: dict[str, Any] = {"wishes": kept_of(wishes), "updated_at": now}
    if wishes.locale:
        values["locale"] = wishes.locale
    theirs = update(Customer).where(Customer.id == customer_id)
    connection.execute(theirs.values(values))
    if wishes.waived_until is None:
        still = theirs.where(Customer.waived_until >= now.date())
        connection.execute(still.values(waived_until=None, waiver=None))
    look_again(connection, customer_id, now=now)


def _is_theirs(came: Came, person: CustomerFacts, signing_key: str) -> bool:
    address = person.phone if came.by == "sms" else person.email
    return bool(address) and came.address_key == link_key(address_hash(signing_key, address))


def _level(service: Reason | None, marketing: Reason | None) -> Level:
    if marketing is None:
        return Level.EVERYTHING
    return Level.SERVICE if service is None else Level.NOTHING


def _on_channel(
    channel: str, address: str, level: Level, by: str, closing: tuple[str, str] | None
) -> OnChannel:
    reason, source = closing or ("opt_out", BY_PAGE)
    if reason != "opt_out":
        closed = "bad"
    elif channel == "sms" and not source.startswith(BY_OWN_WORD):
        closed = "said"
    elif channel != by or not source.startswith(BY_OWN_WORD):
        closed = "other"
    else:
        return OnChannel(channel, address, level, Level.EVERYTHING)
    return OnChannel(channel, address, level, level, "" if level is Level.EVERYTHING else closed)


def _closings(
    connection: Connection, person: CustomerFacts, signing_key: str
) -> dict[str, tuple[str, str]]:
    """Why an address is left alone, and how that was said, by channel."""
    addresses = {"email": person.email, "sms": person.phone}
    hashes = {
        address_hash(signing_key, address): channel
        for channel, address in addresses.items()
        if address
    }
    rows = connection.execute(
        select(Suppression).where(
            Suppression.address_hash.in_(hashes), Suppression.lifted_at.is_(None)
        )
    )
    return {
        row.channel: (row.reason, row.source)
        for row in rows
        if hashes[row.address_hash] == row.channel
    }
