"""Which items are bought by the same customers, and what that suggests to each.

Callers own the transaction.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Double, Integer, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from contacts.cadences.calendar import local_date
from contacts.cadences.next_step import LONGEST, Beside, Bought, items_in, suggestions
from contacts.record.base import Base
from contacts.record.dealings import Order
from contacts.record.inserting import insert_into
from contacts.record.many import one_of, rows_of
from contacts.record.orders.baskets import LOOKS_BACK, bought
from contacts.record.people import Customer

_MOST_ORDERS = 200


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


def keep_pairs(connection: Connection, pairs: Iterable[Beside]) -> None:
    """Put these pairs in the place of all that were known; two who do it at once do no harm."""
    connection.execute(delete(ItemPair))
    if rows := rows_of(pairs):
        new = insert_into(connection.dialect.name, ItemPair).on_conflict_do_nothing()
        connection.execute(new, rows)


def load_suggestions(
    connection: Connection, customer_ids: Collection[int], *, now: datetime
) -> dict[int, tuple[dict[str, Any], ...]]:
    """What each of these customers may need next; nobody without an order is in it."""
    asked = {"customers": customer_ids, "now": now, "since": now - LOOKS_BACK}
    orders_of: dict[int, list[Bought]] = {}
    today: dict[int, date] = {}
    for row in connection.execute(_ORDERS, asked):
        try:
            on = local_date(row.ordered_at, row.timezone)
            today.setdefault(row.customer_id, local_date(now, row.timezone))
        except ValueError:  # a zone that this machine does not know
            continue
        orders_of.setdefault(row.customer_id, []).append(Bought(on, items_in(row.items)))
    keys = {key for orders in orders_of.values() for key in _keys(orders)}
    beside: dict[str, list[Beside]] = {}
    for pair in connection.execute(_PAIRS, {"items": keys}) if keys else ():
        beside.setdefault(pair.item, []).append(Beside(**pair._mapping))
    return {
        customer: suggestions(
            orders[-_MOST_ORDERS:],
            [one for key in _keys(orders) for one in beside.get(key, ())],
            today=today[customer],
        )
        for customer, orders in orders_of.items()
    }


def _keys(orders: list[Bought]) -> set[str]:
    return {key for order in orders for key in order.items}


_ORDERS = (
    select(Order.customer_id, Order.ordered_at, Order.items, Customer.timezone)
    .join(Customer, Customer.id == Order.customer_id)
    .where(*bought(), one_of(Order.customer_id, "customers"))
    .order_by(Order.customer_id, Order.ordered_at, Order.id)
)
_PAIRS = select(ItemPair).where(one_of(ItemPair.item, "items"))
