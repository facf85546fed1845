"""Keeps up to date what customers may need next: once a night, for all of them."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine

from contacts.record.engine import reading, writing
from contacts.record.orders.baskets import baskets_of, sample
from contacts.record.orders.item_pairs import keep_pairs

CUSTOMERS_AT_ONCE = 2_000
"""Customers whose orders are read together: no read lasts, whatever the number of orders."""


def learn_pairs(engine: Engine, *, now: datetime) -> int:
    """Count anew what is bought together; return how many pairs are worth a suggestion."""
    from contacts.care.together import together  # with numpy, which takes a tenth of a second

    names: dict[str, str] = {}
    pairs = list(together(list(_baskets(engine, names, now=now)), names))
    with writing(engine) as connection:
        keep_pairs(connection, pairs)
    return len(pairs)


def _baskets(engine: Engine, names: dict[str, str], *, now: datetime) -> Iterator[list[str]]:
    with reading(engine) as connection:
        customers = sample(connection)
    for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
        some = customers[start : start + CUSTOMERS_AT_ONCE]
        with reading(engine) as connection:
            yield from baskets_of(connection, some, names, now=now)
