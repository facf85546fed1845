"""What customers bought in the last year, read of a few of them at a time.

Callers own the transaction.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from contacts.cadences.next_step import items_in
from contacts.record.base import Instant
from contacts.record.dealings import Order
from contacts.record.many import one_of
from contacts.record.people import Customer

LOOKS_BACK = timedelta(days=365)
SAMPLE = 50_000
_MOST_ITEMS = 30
"""Different items of a customer; of one with more the latest count."""


def sample(connection: Connection, most: int = SAMPLE) -> list[int]:
    """Customers whose orders stand for everybody's: all of them, or at most so many, evenly."""
    count = connection.execute(select(func.count()).select_from(Customer)).scalar_one()
    nth = -(-count // most) or 1
    return list(islice(connection.execute(_EVERYBODY).scalars(), 0, None, nth))


def baskets_of(
    connection: Connection, customer_ids: Collection[int], names: dict[str, str], *, now: datetime
) -> Iterator[list[str]]:
    """The items of each of these customers by key; adds how they are written to `names`."""
    asked = {"customers": customer_ids, "now": now, "since": now - LOOKS_BACK}
    rows = connection.execute(_BASKETS, asked).all()
    for _, orders in groupby(rows, key=itemgetter(0)):
        basket: dict[str, None] = {}
        for _, items in orders:  # the latest first
            for key, name in items_in(items).items():
                basket[key] = None
                names.setdefault(key, name)
            if len(basket) >= _MOST_ITEMS:
                break
        yield list(basket)[:_MOST_ITEMS]


def bought() -> tuple[ColumnElement[bool], ...]:
    """Orders with items between `since` and `now`; a return is none."""
    return (
        Order.amount > 0,
        Order.items != "",
        Order.ordered_at <= bindparam("now", type_=Instant()),
        Order.ordered_at >= bindparam("since", type_=Instant()),
    )


_EVERYBODY = select(Customer.id).order_by(Customer.id).execution_options(yield_per=10_000)
_BASKETS = (
    select(Order.customer_id, Order.items)
    .where(*bought(), one_of(Order.customer_id, "customers"))
    .order_by(Order.customer_id, Order.ordered_at.desc())
)
