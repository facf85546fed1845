"""Which items are bought by the same customers, counted anew every night; and what that suggests.

Callers own the transaction.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby, permutations
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Connection,
    Double,
    Integer,
    String,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.calendar import local_date
from contacts.cadences.next_step import LONGEST, Beside, Bought, items_in, suggestions
from contacts.record.base import Base, Instant
from contacts.record.dealings import Order
from contacts.record.many import one_of, rows_of
from contacts.record.people import Customer

LOOKS_BACK = timedelta(days=365)
SAMPLE = 100_000
"""Customers who are counted at most: more of them change no share by a hundredth."""
FEWEST = 5
"""Customers who must have bought both; no name of a single customer's can be among them."""
LEAST_LIFT = 1.2
MOST_BESIDE = 5
_MOST_ITEMS = 30
"""Different items of a customer; of one with more the latest count."""
_MOST_ORDERS = 200
Baskets = list[tuple[str, ...]]


class ItemPair(Base):
    __tablename__ = "item_pairs"

    item: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    """As a key: without amount, in lower case."""
    other: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST))
    """The other one as it is written."""
    buyers: Mapped[int] = mapped_column(Integer)
    both: Mapped[int] = mapped_column(Integer)
    lift: Mapped[float] = mapped_column(Double)


def count_pairs(connection: Connection, *, now: datetime) -> list[Beside]:
    """Who bought what together in the last year."""
    names: dict[str, str] = {}
    baskets: Baskets = [tuple(one) for one in _baskets(connection, names, now=now)]
    return list(counted(baskets, names))


def keep_pairs(connection: Connection, pairs: Iterable[Beside]) -> None:
    """Put these pairs in the place of all that were known."""
    connection.execute(delete(ItemPair))
    if rows := rows_of(pairs):
        connection.execute(insert(ItemPair), rows)


def counted(baskets: Baskets, names: Mapping[str, str]) -> Iterator[Beside]:
    """The pairs worth telling: enough customers have both, more often than by chance."""
    alone = Counter(item for basket in baskets for item in basket)
    common = {item for item, count in alone.items() if count >= FEWEST}
    pairs: Counter[tuple[str, str]] = Counter()
    for basket in baskets:
        pairs.update(permutations([item for item in basket if item in common], 2))
    beside: dict[str, list[Beside]] = {}
    for (item, other), both in pairs.items():
        lift = both * len(baskets) / (alone[item] * alone[other])
        if both >= FEWEST and lift >= LEAST_LIFT:
            one = Beside(item, other, names[other], alone[item], both, lift)
            beside.setdefault(item, []).append(one)
    for found in beside.values():
        yield from sorted(found, key=lambda one: (-one.lift, one.other))[:MOST_BESIDE]


def load_suggestions(
    connection: Connection, customer_ids: Collection[int], *, now: datetime
) -> dict[int, tuple[dict[str, Any], ...]]:
    """What each of these customers may need next; nobody without an order is in it."""
    asked = {"customers": customer_ids, "now": now, "since": now - LOOKS_BACK}
    bought: dict[int, list[Bought]] = {}
    today: dict[int, date] = {}
    for row in connection.execute(_ORDERS, asked):
        try:
            on = local_date(row.ordered_at, row.timezone)
            today.setdefault(row.customer_id, local_date(now, row.timezone))
        except ValueError:  # a zone that this machine does not know
            continue
        bought.setdefault(row.customer_id, []).append(Bought(on, items_in(row.items)))
    keys = {key for orders in bought.values() for order in orders for key in order.items}
    beside: dict[str, list[Beside]] = {}
    for pair in connection.execute(_PAIRS, {"items": keys}) if keys else ():
        beside.setdefault(pair.item, []).append(Beside(**pair._mapping))
    return {
        customer: suggestions(
            orders[-_MOST_ORDERS:],
            [one for key in _keys(orders) for one in beside.get(key, ())],
            today=today[customer],
        )
        for customer, orders in bought.items()
    }


def _keys(orders: list[Bought]) -> set[str]:
    return {key for order in orders for key in order.items}


def _baskets(
    connection: Connection, names: dict[str, str], *, now: datetime
) -> Iterator[Collection[str]]:
    """Everybody's items of the last year, and the names of all; of a sample where they are many."""
    highest = connection.execute(select(func.max(Customer.id))).scalar() or 0
    asked = {"now": now, "since": now - LOOKS_BACK, "nth": highest // SAMPLE + 1}
    rows = connection.execute(_BASKETS, asked)
    for _, orders in groupby(rows, key=attrgetter("customer_id")):
        basket: dict[str, None] = {}
        for order in orders:  # the latest first
            for key, name in items_in(order.items).items():
                basket[key] = None
                names.setdefault(key, name)
            if len(basket) >= _MOST_ITEMS:
                break
        yield list(basket)[:_MOST_ITEMS]


_BOUGHT = (
    Order.amount > 0,
    Order.items != "",
    Order.ordered_at <= bindparam("now", type_=Instant()),
    Order.ordered_at >= bindparam("since", type_=Instant()),
)
_BASKETS = (
    select(Order.customer_id, Order.items)
    .where(*_BOUGHT, Order.customer_id % bindparam("nth", type_=Integer()) == 0)
    .order_by(Order.customer_id, Order.ordered_at.desc())
    .execution_options(yield_per=5000)
)
_ORDERS = (
    select(Order.customer_id, Order.ordered_at, Order.items, Customer.timezone)
    .join(Customer, Customer.id == Order.customer_id)
    .where(*_BOUGHT, one_of(Order.customer_id, "customers"))
    .order_by(Order.customer_id, Order.ordered_at, Order.id)
)
_PAIRS = select(ItemPair).where(one_of(ItemPair.item, "items"))
