"""What a customer told a person of us, by word of mouth or on paper: write to me, or no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from contacts.cadences.reach import CONFIRM_WITHIN, Scope
from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.record.consent.agreement import Stopped, stopped, words_of
from contacts.record.consent.optout import Said, opt_out
from contacts.record.consent.rerouting import reroute
from contacts.record.consent.suppression import consents, lift, narrow
from contacts.record.customers.address_keys import address_hash, customers_at
from contacts.record.customers.erasures import erased_among
from contacts.record.errors import ConsentRefused
from contacts.record.locks import hold_customers
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent
from contacts.record.timeline.entry import day_of, midnight
from contacts.record.touches.waiting import no_longer_for
from contacts.settings import Settings

EVIDENCE = "touchline consent"
BY_WORD = "told a person"


@dataclass(frozen=True, slots=True)
class Told:
    """What was said, about which channel, for what, and how we know."""

    channel: str
    purpose: str  # service, marketing, or empty for everything
    source: str
    at: datetime
    wording: str = ""


def withdraw(
    connection: Connection, customer: Any, told: Told, *, settings: Settings, now: datetime
) -> None:
    """Write no more by this channel, or no more of this purpose; `customer` is their row.

    Raises ConsentRefused where they agreed again after that, or where there is no such stop.
    """
    _make_ready(connection, customer, told)
    if (told.channel, told.purpose) == ("email", "service"):
        raise ConsentRefused(
            "mail about what they bought stops with all mail alone; leave out --purpose service"
        )
    if (again := _last(connection, customer.id, told, granted=True)) and again > told.at:
        raise ConsentRefused(
            f"they agreed again on {again:%Y-%m-%d}, after that date; leave out --on to stop it now"
        )
    source = f"{BY_WORD}: {told.source}" if told.source else BY_WORD
    if told.purpose == "service":
        row = {"granted": False, "purpose": "service", "source": source[:200]}
        connection.execute(insert(Consent).values(_row(customer, told, now) | row))
        key = settings.signing_key
        reroute(connection, [customer.id], opted_out=True, signing_key=key, now=now)
        return
    said = Said(
        channel=told.channel,
        customer_id=customer.id,
        address=_address(customer, told),
        source=source[:200],
        evidence=EVIDENCE,
        at=told.at,
        scope=Scope(told.purpose or Scope.ALL),
    )
    opt_out(connection, said, settings=settings, now=now)


def give(  # noqa: PLR0913  # what makes it a consent is said in one call
    connection: Connection,
    customer: Any,
    told: Told,
    *,
    settings: Settings,
    now: datetime,
    lifts: bool = False,
    is_confirmed: bool = False,
    asks_again: bool = False,
) -> ConsentKind:
    """Write down a yes; with `lifts` also over a stop of theirs that is older. Returns its kind.

    Raises ConsentRefused where something that they or their provider said stands against it, and
    where they are asked to confirm it already, unless it `asks_again`.
    """
    _make_ready(connection, customer, told)
    address = _address(customer, told)
    if not address:
        raise ConsentRefused(f"no {phrases.channel(told.channel)} address is on record of them")
    kind = _kind(told, settings, is_confirmed=is_confirmed, now=now)
    stop = stopped(connection, told.channel, address, signing_key=settings.signing_key)
    if stop is not None and not (told.purpose == "service" and stop.scope == Scope.MARKETING):
        _check_stop(customer, told, stop, lifts=lifts)
        _check_reach(told, stop, kind)
        hashed = address_hash(settings.signing_key, address)
        _take_back(connection, customer, told, stop, hashed=hashed, kind=kind, now=now)
    no = _last(connection, customer.id, told, granted=False)
    if no is not None and no > told.at:
        that = f"after that date{_of_that_day(customer, told, no)}"
        raise ConsentRefused(f"they took it back on {no:%Y-%m-%d}, {that}")
    if kind is ConsentKind.PENDING and not asks_again:
        _check_request(connection, customer, now)
    row = _row(customer, told, now) | {"granted": True, "kind": kind.value}
    connection.execute(insert(Consent).values(row))
    if kind is not ConsentKind.PENDING:
        no_longer_for(connection, customer.id, Reason.UNCONFIRMED, now=now)
    return kind


def _make_ready(connection: Connection, customer: Any, told: Told) -> None:
    """Hold everybody whom it may concern at once, for a phone may be shared."""
    address = _address(customer, told)
    sharing = customers_at(connection, told.channel, address) if address else []
    hold_customers(connection, {customer.id, *sharing})
    if erased_among(connection, [customer.id]):
        raise ConsentRefused(
            f"the data of customer {customer.id} were erased; they stay left alone"
        )


def _address(customer: Any, told: Told) -> str | None:
    address: str | None = customer.phone if told.channel == "sms" else customer.email
    return address


def _last(
    connection: Connection, customer_id: int, told: Told, *, granted: bool
) -> datetime | None:
    """When they last said yes, or no, to what this is about."""
    said = [
        one.at
        for one in words_of(connection, customer_id)
        if one.channel == told.channel
        and one.granted is granted
        and (not one.purpose or not told.purpose or one.purpose == told.purpose)
    ]
    return said[-1] if said else None


def _kind(told: Told, settings: Settings, *, is_confirmed: bool, now: datetime) -> ConsentKind:
    is_mail = told.channel == "email" and told.purpose != "service"
    if is_confirmed and not is_mail:
        raise ConsentRefused("--confirmed is for marketing by e-mail; leave it out")
    if is_confirmed:
        return ConsentKind.DOUBLE
    if not (is_mail and settings.double_opt_in):
        return ConsentKind.EXPRESS
    if told.at + CONFIRM_WITHIN <= now:
        raise ConsentRefused(
            f"that was more than {CONFIRM_WITHIN.days} days ago, too long to have it confirmed now "
            "(double_opt_in); add --confirmed if they have confirmed it by e-mail"
        )
    return ConsentKind.PENDING


def _check_request(connection: Connection, customer: Any, now: datetime) -> None:
    said = consents(connection, [customer.id], now=now).get((customer.id, "email"))
    if said is None or not said.asked:
        return
    asked = max(
        one.at for one in words_of(connection, customer.id) if one.kind == ConsentKind.PENDING
    )
    raise ConsentRefused(
        f"they were asked on {asked:%Y-%m-%d} to confirm it, and may until "
        f"{asked + CONFIRM_WITHIN:%Y-%m-%d} (double_opt_in); add --again to ask them once more, or "
        "--confirmed if they have confirmed it by e-mail"
    )


def _of_that_day(customer: Any, told: Told, no: datetime) -> str:
    """What to write where a yes of the day of a no came after it."""
    day = day_of(told.at, customer.timezone)
    if day_of(no, customer.timezone) != day or told.at != midnight(day, customer.timezone):
        return ""
    return f": a date alone is its midnight; if they agreed later, add the time (--on {day}T15:30)"


def _check_stop(customer: Any, told: Told, stop: Stopped, *, lifts: bool) -> None:
    name = phrases.channel(told.channel)
    if stop.reason != "opt_out":
        raise ConsentRefused(
            f"{name}: this address {stop.reason} on {stop.at:%Y-%m-%d} ({stop.source}), and no "
            "consent changes that; give the customer another one"
        )
    if told.at <= stop.at:
        later = _of_that_day(customer, told, stop.at)
        raise ConsentRefused(
            f"{name}: they stopped it on {stop.at:%Y-%m-%d %H:%M} UTC ({stop.source}), and what "
            f"they said last counts{later}{' and --lift' if later and not lifts else ''}"
        )
    if not lifts:
        raise ConsentRefused(
            f"{name}: they stopped it on {stop.at:%Y-%m-%d} ({stop.source}); if they asked for it "
            "anew after that, add --lift"
        )


def _check_reach(told: Told, stop: Stopped, kind: ConsentKind) -> None:
    """Mail about what they bought needs no consent: the stop alone keeps it out."""
    if told.channel != "email" or told.purpose == "service" or stop.scope != Scope.ALL:
        return
    stops_all = f"e-mail: they stopped all of it on {stop.at:%Y-%m-%d} ({stop.source})"
    if told.purpose:
        raise ConsentRefused(
            f"{stops_all}, and marketing cannot go without mail about what they bought; leave out "
            "--purpose marketing if they want all mail again"
        )
    if kind is ConsentKind.PENDING:
        raise ConsentRefused(
            f"{stops_all}, so no mail may ask them to confirm it (double_opt_in); add --confirmed "
            "if they have confirmed it by e-mail, or let them have mail about what they bought "
            "first: --purpose service --lift"
        )


def _take_back(  # noqa: PLR0913  # what is said, against what, and for whom
    connection: Connection,
    customer: Any,
    told: Told,
    stop: Stopped,
    *,
    hashed: str,
    kind: ConsentKind,
    now: datetime,
) -> None:
    """Open what this yes names; what the stop took beyond it, or until they confirm, stays so."""
    change = narrow if told.purpose == "service" else lift
    change(connection, address_hash=hashed, channel=told.channel, reason="opt_out", at=told.at)
    if change is narrow or not (told.purpose or kind is ConsentKind.PENDING):
        return
    # A stop that a provider told of is no word of theirs yet: an older yes would hold again.
    purpose = "" if stop.scope == Scope.ALL else stop.scope
    row = _row(customer, told, now) | {"granted": False, "purpose": purpose, "at": stop.at}
    connection.execute(insert(Consent).values(row | {"source": stop.source, "wording": ""}))


def _row(customer: Any, told: Told, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": customer.id,
        "channel": told.channel,
        "purpose": told.purpose,
        "source": told.source,
        "evidence": EVIDENCE,
        "wording": told.wording,
        "at": told.at,
        "recorded_at": now,
    }
