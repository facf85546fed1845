"""What the record knows about customers, in bulk, as facts for conditions and templates."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select

from contacts.cadences.calendar import local_date
from contacts.cadences.facts import (
    NO_ORDERS,
    NO_SIGNAL,
    NO_TOUCHES,
    BusinessFacts,
    CustomerFacts,
    Facts,
    OrderFacts,
    OwnerFacts,
    TouchFacts,
)
from contacts.cadences.model import Kind
from contacts.cadences.wishes import Wishes, wishes_of
from contacts.record.many import constant, one_of
from contacts.record.orders.benefits import benefits_by_customer
from contacts.record.orders.contracts import NOTHING_AGREED, Contracts, load_contracts
from contacts.record.orders.item_pairs import load_suggestions
from contacts.record.orders.signal_facts import signal_facts
from contacts.record.tables import Customer, Enrolment, Event, Order, OwnerRow, Task, Touch
from contacts.settings import Settings

EVERYTHING = frozenset({"orders", "contract", "touches", "signal", "recap", "suggestions"})
_OF_CONTRACTS = frozenset({"contract", "recap"})


class _Person(NamedTuple):
    """A customer's row, with their owner's. A Row's own names cost ten times as much to read."""

    id: int
    email: str | None
    phone: str | None
    first_name: str
    last_name: str
    company: str
    timezone: str
    locale: str
    country: str
    tier: str
    persona: str
    joined_on: date
    attributes: dict[str, Any]
    last_contact_at: datetime | None
    owner_id: int | None
    wishes: dict[str, Any] | None
    waived_until: date | None
    owner: str | None
    owner_email: str | None
    owner_phone: str | None


def load_facts(
    connection: Connection,
    customer_ids: Collection[int],
    *,
    settings: Settings,
    now: datetime,
    parts: frozenset[str] = EVERYTHING,
) -> dict[int, Facts]:
    """The facts of these customers as of `now`, by customer id.

    `parts` names the costlier ones that are wanted; the others stay empty. A customer whose time
    zone this machine does not know is left out.
    """
    ids = list(set(customer_ids))
    if not ids:
        return {}
    people = [_Person._make(row) for row in connection.execute(_PEOPLE, {"customers": ids}).all()]
    orders = _orders(connection, ids, now) if "orders" in parts else {}
    touches = _touches(connection, ids, now) if "touches" in parts else {}
    outcomes = _outcomes(connection, ids) if "touches" in parts else {}
    signals, started = signal_facts(connection, ids) if "signal" in parts else ({}, {})
    contracts = _contracts(connection, ids, parts)
    next_steps = load_suggestions(connection, ids, now=now) if "suggestions" in parts else {}
    business = business_facts(settings)
    owners: dict[int | None, OwnerFacts] = {None: OwnerFacts()}
    facts: dict[int, Facts] = {}
    for one in people:
        of, zone = one.id, one.timezone
        try:
            today = local_date(now, zone)
        except ValueError:
            continue
        agreed = contracts.next_of(of, today) if contracts is not None else NOTHING_AGREED
        facts[of] = Facts(
            customer=_customer(one, today),
            owner=owners.get(one.owner_id) or owners.setdefault(one.owner_id, _owner(one)),
            orders=_order_facts(orders.get(of), today, zone),
            contract=agreed.contract,
            touches=touches.get(of, NO_TOUCHES),
            signal=signals.get(of, NO_SIGNAL),
            business=business,
            today=today,
            wishes=_wishes(one),
            outcomes=outcomes.get(of),
            signals=started.get(of),
            recap=agreed.recap,
            contracts=contracts.by_cadence(of, today) if contracts is not None else None,
            suggestions=next_steps.get(of, ()),
        )
    return facts


def business_facts(settings: Settings) -> BusinessFacts:
    """The business as its settings describe it."""
    return BusinessFacts(
        name=settings.business_name,
        address=settings.business_address,
        website=settings.business_website,
        email=settings.sender_email,
    )


def _customer(one: _Person, today: date) -> CustomerFacts:
    contact = one.last_contact_at
    return CustomerFacts(
        one.id, one.email or "", one.phone or "", one.first_name, one.last_name, one.company,
        one.timezone, one.locale, one.country, one.tier, one.persona, one.joined_on,
        (today - one.joined_on).days,
        None if contact is None else (today - local_date(contact, one.timezone)).days,
        one.attributes,
    )  # fmt: skip


def _wishes(one: _Person) -> Wishes | None:
    if one.wishes is None and one.waived_until is None:
        return None
    return wishes_of(one.wishes, waived_until=one.waived_until)


def _owner(one: _Person) -> OwnerFacts:
    name = one.owner or ""
    return OwnerFacts(
        name=name,
        first_name=name.split(" ", 1)[0],
        email=one.owner_email or "",
        phone=one.owner_phone or "",
    )


def _orders(connection: Connection, ids: list[int], now: datetime) -> dict[int, Any]:
    """Count, sum, first, last and the last order's items; returns count in the sum alone."""
    rows = connection.execute(_orders_until(), {"customers": ids, "now": now})
    return {row.customer_id: row for row in rows}


def _order_facts(sums: Any | None, today: date, timezone: str) -> OrderFacts:
    """Their days are days of the customer's calendar, as `today` is."""
    if sums is None:
        return NO_ORDERS
    total = Decimal(str(sums.total)).quantize(Decimal("0.01"))
    if sums.last is None:
        return OrderFacts(total=total)
    last = local_date(sums.last, timezone)
    return OrderFacts(
        count=sums.orders,
        total=total,
        average=(total / max(sums.orders, 1)).quantize(Decimal("0.01")),
        currency=sums.currency,
        first_on=local_date(sums.first, timezone),
        last_on=last,
        days_since_last=(today - last).days,
        last_items=sums.items,
    )


def _contracts(connection: Connection, ids: list[int], parts: frozenset[str]) -> Contracts | None:
    if not parts & _OF_CONTRACTS:
        return None
    benefits = benefits_by_customer(connection, ids) if "recap" in parts else None
    return load_contracts(connection, ids, benefits=benefits)


def _touches(connection: Connection, ids: list[int], now: datetime) -> dict[int, TouchFacts]:
    made = dict(connection.execute(_MADE, {"customers": ids}).all())
    replies = connection.execute(_REPLIES, {"customers": ids})
    facts = {customer: TouchFacts(count=count) for customer, count in made.items()}
    for customer, count, last in replies:
        if customer is not None:
            facts[customer] = TouchFacts(
                count=made.get(customer, 0), replies=count, days_since_reply=(now - last).days
            )
    return facts


def _outcomes(connection: Connection, ids: list[int]) -> dict[int, dict[str, str]]:
    """What came of each customer's last call, visit or letter, by cadence.

    Of the enrolment that runs: what somebody said a year ago is no answer to this year's call.
    """
    found: dict[int, dict[str, str]] = {}
    for customer, cadence, result in connection.execute(_CAME_OF, {"customers": ids}):
        found.setdefault(customer, {})[cadence] = result or ""
    return found


_PEOPLE = (
    select(
        Customer.id,
        Customer.email,
        Customer.phone,
        Customer.first_name,
        Customer.last_name,
        Customer.company,
        Customer.timezone,
        Customer.locale,
        Customer.country,
        Customer.tier,
        Customer.persona,
        Customer.joined_on,
        Customer.attributes,
        Customer.last_contact_at,
        Customer.owner_id,
        Customer.wishes,
        Customer.waived_until,
        OwnerRow.name,
        OwnerRow.email,
        OwnerRow.phone,
    )
    .outerjoin(OwnerRow, OwnerRow.id == Customer.owner_id)
    .where(one_of(Customer.id, "customers"))
)
_MADE = (
    select(Touch.customer_id, func.count())
    .where(one_of(Touch.customer_id, "customers"), Touch.made_at.is_not(None))
    .group_by(Touch.customer_id)
)
_REPLIES = (
    select(Event.customer_id, func.count(), func.max(Event.occurred_at))
    .where(one_of(Event.customer_id, "customers"), Event.kind == "replied")
    .group_by(Event.customer_id)
)


_CAME_OF = (
    select(Touch.customer_id, Touch.cadence, Task.result)
    .join(Task, Task.touch_id == Touch.id)
    .join(Enrolment, Enrolment.id == Touch.enrolment_id)
    .where(
        one_of(Touch.customer_id, "customers"),
        Enrolment.state == constant("active"),
        Task.kind.in_([constant(kind.value) for kind in Kind if kind.is_human]),
        or_(Task.state == "done", Task.result.is_not(None)),
    )
    .order_by(func.coalesce(Task.closed_at, Task.changed_at, Task.opened_at), Task.id)
)


@cache
def _orders_until() -> Select[Any]:
    bought = Order.amount > 0
    sums = (
        select(
            Order.customer_id,
            func.count().filter(bought).label("orders"),
            func.sum(Order.amount).label("total"),
            func.min(Order.ordered_at).filter(bought).label("first"),
            func.max(Order.ordered_at).filter(bought).label("last"),
        )
        .where(one_of(Order.customer_id, "customers"), Order.ordered_at <= bindparam("now"))
        .group_by(Order.customer_id)
        .subquery()
    )
    mine = Order.customer_id == sums.c.customer_id
    last = and_(mine, Order.ordered_at == sums.c.last, bought)
    return select(sums, Order.items, Order.currency).outerjoin(Order, last).order_by(Order.id)
