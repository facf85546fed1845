"""What the customer did and said: joined, agreed, answered, bought; and their cadences."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from contacts.cadences.outcomes import with_outcome
from contacts.cadences.reach import CONFIRM_WITHIN
from contacts.record import phrases
from contacts.record.customers.erasures import erased_at
from contacts.record.orders.benefits import benefits_of, worth_in_words
from contacts.record.people import ConsentKind
from contacts.record.tables import Consent, Contract, Customer, Enrolment, Event, Order, Touch
from contacts.record.timeline.entry import Entry, day_of, midnight
from contacts.record.timeline.evidence import evidence_in_words
from contacts.wording import day_in_words

_KINDS = {
    ConsentKind.IMPLIED.value: "implied",
    ConsentKind.PENDING.value: "to be confirmed by a link in a mail to them",
    ConsentKind.DOUBLE.value: "confirmed",
}
_SILENT_EVENTS = ("accepted",)
"""The provider has it: the attempt says so already."""


def added(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Customer.created_at, Customer.joined_on).where(Customer.id == customer_id)
    for row in connection.execute(query):
        joined = f"joined on {day_in_words(row.joined_on)}"
        yield Entry(row.created_at, "added", "Added to the record", joined)


def erased(connection: Connection, customer_id: int) -> Iterator[Entry]:
    if (at := erased_at(connection, customer_id)) is not None:
        yield Entry(at, "erased", "Erased: no name, address or word of theirs is left")


def enrolments(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = select(Enrolment).where(Enrolment.customer_id == customer_id).order_by(Enrolment.id)
    for row in connection.execute(query):
        why = phrases.trigger(row.trigger)
        yield Entry(row.started_at, "enrolled", "Started", why, cadence=row.cadence)
        if row.ended_at is not None:
            yield Entry(
                row.ended_at,
                row.state,
                row.state.capitalize(),
                phrases.reason(row.reason),
                cadence=row.cadence,
                reason=row.reason,
            )


def events(connection: Connection, customer_id: int) -> Iterator[Entry]:
    query = (
        select(Event, Touch.cadence)
        .outerjoin(Touch, Touch.id == Event.touch_id)
        .where(Event.customer_id == customer_id, Event.kind.not_in(_SILENT_EVENTS))
        .order_by(Event.occurred_at, Event.id)
    )
    for row in connection.execute(query):
        yield Entry(
            row.occurred_at,
            row.kind,
            _told(row),
            "" if row.kind == "delivered" or row.detail == row.kind else row.detail,
            cadence=row.cadence,
            channel=row.channel or None,
            touch_id=row.touch_id,
            attempt_id=row.attempt_id,
        )


def _told(row: Any) -> str:
    if row.provider != "person":
        return phrases.event(row.kind, row.channel)
    known = row.payload or {}
    said = with_outcome(phrases.event(row.kind, "person"), known.get("result"))
    if "waives" in known:
        until = date.fromisoformat(known["waives"]) if known["waives"] else None
        left = f"to be left alone until {day_in_words(until)}" if until else ""
        said += f"; {left or 'no longer to be left alone'}"
    return f"{said}, by mistake: it was taken back" if known.get("taken_back") else said


def consents(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """What was agreed to, and not; only what was given before can be withdrawn."""
    given: set[str] = set()
    for row in _consents(connection, customer_id):
        kind, words = "consent", "Agreed to"
        if not row.granted:
            kind, words = "declined", "No consent to"
            if row.channel in given:
                kind, words = "withdrawn", "No longer agrees to"
        elif row.kind == ConsentKind.PENDING:
            kind, words = "asked", "Asked for"
        if row.granted:
            given.add(row.channel)
        title = f"{words} {phrases.agreed_to(row.channel, row.purpose)}"
        yield Entry(row.at, kind, title, _proof(row), channel=row.channel)


def expiries(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """When a consent ends, or did, that is the last word on what it is about."""
    rows = _consents(connection, customer_id)
    for row in {(row.channel, row.purpose): row for row in rows}.values():
        if row.kind == ConsentKind.PENDING:
            title = f"Request for {phrases.agreed_to(row.channel, row.purpose)} lapsed"
            told = "nobody confirmed it in time"
            yield Entry(row.at + CONFIRM_WITHIN, "expired", title, told, channel=row.channel)
        elif row.granted and row.expires_at is not None:
            title = f"Consent to {phrases.agreed_to(row.channel, row.purpose)} expired"
            told = "it was implied" if row.kind == "implied" else ""
            yield Entry(row.expires_at, "expired", title, told, channel=row.channel)


def _consents(connection: Connection, customer_id: int) -> Sequence[Any]:
    query = (
        select(Consent, Customer.timezone)
        .join(Customer, Customer.id == Consent.customer_id)
        .where(Consent.customer_id == customer_id)
    )
    return connection.execute(query.order_by(Consent.at, Consent.id)).all()


def _proof(row: Any) -> str:
    """How it was given and where that is written, its kind and end, and what it was to."""
    ends = row.expires_at if row.granted else None
    source, where = phrases.source(row.source), evidence_in_words(row.evidence)
    parts = (
        f"{source} ({where})" if where else source,
        _KINDS.get(row.kind, "") if row.granted else "",
        f"until {day_in_words(day_of(ends, row.timezone))}" if ends else "",
        f"to: {row.wording}" if row.wording else "",
    )
    return "; ".join(part for part in parts if part)


def dealings(connection: Connection, customer_id: int) -> Iterator[Entry]:
    for order in connection.execute(select(Order).where(Order.customer_id == customer_id)):
        title = f"Order {order.order_id}: {order.amount} {order.currency}"
        yield Entry(order.ordered_at, "order", title, order.items)
    contracts = (
        select(Contract, Customer.timezone)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(Contract.customer_id == customer_id)
    )
    for row in connection.execute(contracts):
        title = f"Contract {row.contract_id}: {row.value} {row.currency}"
        at = midnight(row.starts_on, row.timezone)
        yield Entry(at, "contract", title, f"{row.kind} until {day_in_words(row.ends_on)}".strip())


def benefits(connection: Connection, customer_id: int) -> Iterator[Entry]:
    zone = connection.execute(select(Customer.timezone).where(Customer.id == customer_id))
    where = zone.scalar_one_or_none() or "UTC"
    for row in benefits_of(connection, customer_id):
        title = f"Benefit: {worth_in_words(row)}"
        yield Entry(midnight(row.given_on, where), "benefit", title, row.text)
