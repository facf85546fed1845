"""What "stop" and "start again" change: the address, the proof of what was said, the cadences."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from contacts.cadences.reach import Scope
from contacts.record.consent.before_stop import agreed_before_stop
from contacts.record.consent.rerouting import reroute
from contacts.record.consent.suppression import SAID_BY_LINK, SAID_BY_SMS, lift, suppress
from contacts.record.customers.address_keys import address_hash, customers_at
from contacts.record.locks import hold_customers
from contacts.record.many import one_of
from contacts.record.tables import Consent, Customer, Suppression
from contacts.settings import Settings

BY_SMS, BY_PROVIDER = SAID_BY_SMS
BY_LINK, BY_PAGE = SAID_BY_LINK
_CHANNELS = ("email", "sms")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said about one channel, and how we know."""

    channel: str
    customer_id: int | None
    address: str | None
    source: str
    evidence: str
    at: datetime
    scope: Scope = Scope.ALL
    reason: str = "opt_out"

    @property
    def is_stop(self) -> bool:
        """A word such as STOP, which a workspace may take for all channels."""
        is_of_channel = self.source in (BY_LINK, BY_PAGE)  # there they say which they mean
        return (self.reason, self.scope) == ("opt_out", Scope.ALL) and not is_of_channel


def opt_out(connection: Connection, said: Said, *, settings: Settings, now: datetime) -> None:
    """Write no more on this channel to the address, nor to where its customer is reached now.

    With `stop_means_all_channels` a STOP closes every channel of whom it concerns.
    """
    signing_key = settings.signing_key
    people = _people(connection, said)
    hold_customers(connection, people)
    everywhere = settings.stop_means_all_channels and said.is_stop
    for one in _on_all_channels(said) if everywhere else [said]:
        for address in _addresses(connection, one, people):
            suppress(
                connection,
                address_hash=address_hash(signing_key, address),
                channel=one.channel,
                reason=one.reason,
                source=one.source,
                at=one.at,
                scope=one.scope,
            )
        _withdraw(connection, one, people, now=now)
    reroute(connection, people, opted_out=True, signing_key=signing_key, now=now)


def opt_in(connection: Connection, said: Said, *, signing_key: str, now: datetime) -> bool:
    """Lift an opt-out that was made by SMS until then, and no other; False where there is none.

    What was agreed to before it holds again as it was given, with its end; nothing else does.
    """
    if said.channel != "sms" or not said.address:
        return False
    hashed = address_hash(signing_key, said.address)
    source = connection.execute(
        select(Suppression.source).where(
            Suppression.address_hash == hashed, Suppression.channel == "sms"
        )
    ).scalar_one_or_none()
    if source is None or not source.startswith(SAID_BY_SMS):
        return False
    if not lift(connection, address_hash=hashed, channel="sms", reason="opt_out", at=said.at):
        return False
    held = agreed_before_stop(connection, _people(connection, said), at=said.at)
    anew = _row(said, granted=True, now=now)
    if held:
        connection.execute(insert(Consent), [anew | row for row in held])
    return True


def _people(connection: Connection, said: Said) -> list[int]:
    """Everybody whom it concerns: a phone may be shared, and STOP holds for the phone."""
    sharing = customers_at(connection, said.channel, said.address) if said.address else []
    matched = [said.customer_id] if said.customer_id is not None else []
    return list(dict.fromkeys([*matched, *sharing]))


def _on_all_channels(said: Said) -> list[Said]:
    source = f"{said.source}, for all channels"
    addresses = dict.fromkeys(_CHANNELS) | {said.channel: said.address}
    return [
        replace(said, channel=channel, address=address, source=source)
        for channel, address in addresses.items()
    ]


def _addresses(connection: Connection, said: Said, people: Collection[int]) -> set[str]:
    column = Customer.phone if said.channel == "sms" else Customer.email
    theirs = select(column).where(one_of(Customer.id, "customers"))
    now_at = connection.execute(theirs, {"customers": people}).scalars()
    return {address for address in (said.address, *now_at) if address}


def _withdraw(connection: Connection, said: Said, people: Iterable[int], *, now: datetime) -> None:
    word = _row(said, granted=False, now=now)
    word["purpose"] = "" if said.scope is Scope.ALL else said.scope
    if rows := [word | {"customer_id": customer_id} for customer_id in people]:
        connection.execute(insert(Consent), rows)


def _row(said: Said, *, granted: bool, now: datetime) -> dict[str, object]:
    return {
        "channel": said.channel,
        "granted": granted,
        "source": said.source,
        "evidence": said.evidence[:200],
        "at": said.at,
        "recorded_at": now,
    }
