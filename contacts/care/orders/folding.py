"""Takes the orders of the record into what is kept of each account: new ones, or all anew.

Orders come in chunks, never all at once, and each chunk is a transaction of its own. Whatever is
interrupted is read again by the next look, which then sums up its accounts anew; so nothing counts
twice.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from contacts.care.orders.days import local_days
from contacts.care.orders.events import Rows, Whole, events_of, turnover_of
from contacts.care.orders.kept import Accounts, accounts_of, rows_of
from contacts.care.orders.sums import fold, no_orders
from contacts.record.engine import writing
from contacts.record.locks import hold_imports
from contacts.record.rhythms import (
    changed_accounts,
    drop_rhythms,
    forget_changes,
    keep_rhythms,
    last_customer_of,
    newest_order,
    orders_after,
    orders_between,
    orders_of,
    rhythms_of,
    zones_of,
)

AT_ONCE = 20_000
"""New orders that are read together."""
CUSTOMERS_AT_ONCE = 2_000
"""Customers whose orders are read together, all of them."""


@dataclass(slots=True)
class Folded:
    """What was taken in."""

    through: int
    """The newest of our own ids of orders that is summed up."""
    orders: int = 0
    folded: int = 0
    """Times that an account's new orders were added to its sums."""
    rebuilt: int = 0
    """Times that an account was summed up anew from all its orders."""


def fold_orders(engine: Engine, *, after: int | None) -> Folded:
    """Take in the orders behind `after`, one of our own ids; all of them where it is None."""
    with writing(engine) as connection:
        # An import stores its ids in one go; without the lock a smaller one could come later.
        hold_imports(connection)
        folded = Folded(newest_order(connection))
    if after is None:
        _rebuild_everybody(engine, folded)
    elif after < folded.through:
        _fold_new(engine, after, folded)
    while _rebuild_changed(engine, folded):
        pass
    return folded


def _rebuild_everybody(engine: Engine, folded: Folded) -> None:
    after = 0
    while True:
        with writing(engine) as connection:
            hold_imports(connection)  # and erasures, which take it as well
            until = last_customer_of(connection, after, limit=CUSTOMERS_AT_ONCE)
            if until is None:
                return
            orders = orders_between(connection, after, until)
            folded.orders += len(orders)
            folded.rebuilt += _keep_anew(connection, orders)
        after = until


def _fold_new(engine: Engine, after: int, folded: Folded) -> None:
    while True:
        with writing(engine) as connection:
            hold_imports(connection)
            new = orders_after(connection, after, until=folded.through, limit=AT_ONCE)
            if not new:
                return
            after = new[-1].id
            folded.orders += len(new)
            late = _fold_in(connection, new, folded)
            for start in range(0, len(late), CUSTOMERS_AT_ONCE):
                _rebuild(connection, late[start : start + CUSTOMERS_AT_ONCE], folded)


def _rebuild_changed(engine: Engine, folded: Folded) -> bool:
    with writing(engine) as connection:
        hold_imports(connection)
        changed = changed_accounts(connection, limit=CUSTOMERS_AT_ONCE)
        forget_changes(connection, changed)  # first: what changes meanwhile is noted anew
        _rebuild(connection, changed, folded)
    return bool(changed)


def _fold_in(connection: Connection, new: Sequence[Any], folded: Folded) -> list[int]:
    """Add new orders to the sums of their accounts; return those that must be made anew."""
    accounts = accounts_of(rhythms_of(connection, {one.customer_id for one in new}))
    rows, customers = _rows(connection, new, {})
    place = np.searchsorted(accounts.customers, customers[rows.account])
    place = np.minimum(place, max(len(accounts) - 1, 0))
    is_known = np.isin(customers, accounts.customers)
    # A return by itself is no event, so nothing would show that it was counted already.
    fits = is_known[rows.account] & (rows.amount > 0)
    if len(accounts):
        main = np.array(accounts.currencies)[place]
        fits &= rows.day > accounts.sums.last_on[place]
        fits &= main == np.array([one.currency for one in new])
    # An account is added to whole, or made anew whole.
    odd = np.zeros(len(customers), np.bool_)
    odd[rows.account[~fits]] = True
    added = ~odd[rows.account]
    if added.any():
        met, places = np.unique(place[added], return_inverse=True)
        part = Rows(places, rows.day[added], rows.amount[added], rows.is_main[added])
        some = Accounts(
            accounts.customers[met],
            [accounts.currencies[one] for one in met.tolist()],
            accounts.elsewhere[met],
            accounts.sums.take(met),
        )
        fold(some.sums, events_of(part), turnover_of(part, len(met)))
        keep_rhythms(connection, rows_of(some))
        folded.folded += len(met)
    anew: list[int] = customers[odd].tolist()
    return anew


def _rebuild(connection: Connection, customers: Collection[int], folded: Folded) -> None:
    if not customers:
        return
    orders = orders_of(connection, customers)
    drop_rhythms(connection, set(customers) - {one.customer_id for one in orders})
    folded.rebuilt += _keep_anew(connection, orders)


def _keep_anew(connection: Connection, orders: Sequence[Any]) -> int:
    """Sum up accounts of which these are all orders; return how many."""
    if not orders:
        return 0
    main, elsewhere = _currencies(orders)
    rows, customers = _rows(connection, orders, main)
    listed = customers.tolist()
    sums = no_orders(len(listed))
    fold(sums, events_of(rows), turnover_of(rows, len(listed)))
    currencies = [main[one] for one in listed]
    others = np.array([elsewhere[one] for one in listed], np.int64)
    keep_rhythms(connection, rows_of(Accounts(customers, currencies, others, sums)))
    return len(listed)


def _rows(
    connection: Connection, orders: Sequence[Any], main: dict[int, str]
) -> tuple[Rows, Whole]:
    """The orders as columns, and the customers in the order in which these number them.

    Without a customer's main currency every order of theirs is taken to be in it.
    """
    _, customer_ids, at, amount, currency = zip(*orders, strict=True)
    customers, places = np.unique(np.array(customer_ids, np.int64), return_inverse=True)
    zones = zones_of(connection, customers.tolist())
    by_place = np.array([zones[one] for one in customers.tolist()])
    day = local_days(np.array(at, np.int64), by_place[places])
    is_main = np.array(
        [main.get(one, spent) == spent for one, spent in zip(customer_ids, currency, strict=True)]
    )
    return Rows(places, day, np.array(amount, np.float64), is_main), customers


def _currencies(orders: Sequence[Any]) -> tuple[dict[int, str], dict[int, int]]:
    """Each customer's currency of most orders, and how many of theirs are in others."""
    plain = {one.customer_id: one.currency for one in orders}
    mixed = {one.customer_id for one in orders if plain[one.customer_id] != one.currency}
    elsewhere = dict.fromkeys(plain, 0)
    if mixed:
        counts: dict[int, Counter[str]] = {}
        for one in orders:
            if one.customer_id in mixed:
                counts.setdefault(one.customer_id, Counter())[one.currency] += 1
        for customer, count in counts.items():
            plain[customer], most = max(count.items(), key=lambda pair: (pair[1], pair[0]))
            elsewhere[customer] = count.total() - most
    return plain, elsewhere
