"""Takes the orders of the record into what is kept of each account: new ones, or all anew.

Orders come in chunks, never all at once, and each chunk is a transaction of its own. Whatever is
interrupted is read again by the next look, which then sums up its accounts anew; so nothing counts
twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from contacts.care.orders.days import local_days
from contacts.care.orders.events import Rows, Whole, events_of, turnover_of
from contacts.care.orders.kept import Accounts, accounts_of, rows_of
from contacts.care.orders.student import Floats
from contacts.care.orders.sums import fold, no_orders
from contacts.record.engine import writing
from contacts.record.locks import hold_imports
from contacts.record.orders.order_rows import (
    last_customer_of,
    newest_order,
    orders_after,
    orders_between,
    orders_of,
    zones_of,
)
from contacts.record.orders.rhythms import (
    Plain,
    changed_accounts,
    drop_rhythms,
    forget_changes,
    keep_rhythms,
    rhythms_of,
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
            after = new[-1][-1]
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


def _fold_in(connection: Connection, new: Sequence[Plain], folded: Folded) -> list[int]:
    """Add new orders to the sums of their accounts; return those that must be made anew."""
    orders = _columns(connection, new)
    accounts = accounts_of(rhythms_of(connection, orders.customers.tolist()))
    # A return by itself is no event, so nothing would show that it was counted already.
    fits = np.isin(orders.customers, accounts.customers)[orders.account] & (orders.amount > 0)
    place = np.searchsorted(accounts.customers, orders.customers[orders.account])
    place = np.minimum(place, max(len(accounts) - 1, 0))
    if len(accounts):
        fits &= orders.day > accounts.sums.last_on[place]
        fits &= orders.currency == np.array(accounts.currencies)[place]
    # An account is added to whole, or made anew whole.
    odd = np.zeros(len(orders.customers), np.bool_)
    odd[orders.account[~fits]] = True
    added = np.flatnonzero(~odd[orders.account])
    met, places = np.unique(place[added], return_inverse=True)
    some = Accounts(
        accounts.customers[met],
        [accounts.currencies[one] for one in met.tolist()],
        accounts.elsewhere[met],
        accounts.sums.take(met),
    )
    rows = Rows(places, orders.day[added], orders.amount[added], np.full(len(added), True))
    fold(some.sums, events_of(rows), turnover_of(rows, len(met)))
    keep_rhythms(connection, rows_of(some))
    folded.folded += len(met)
    anew: list[int] = orders.customers[odd].tolist()
    return anew


def _rebuild(connection: Connection, customers: Collection[int], folded: Folded) -> None:
    if not customers:
        return
    orders = orders_of(connection, customers)
    drop_rhythms(connection, set(customers) - {one[0] for one in orders})
    folded.rebuilt += _keep_anew(connection, orders)


def _keep_anew(connection: Connection, all_of_them: Sequence[Plain]) -> int:
    """Sum up accounts of which these are all orders; return how many."""
    if not all_of_them:
        return 0
    orders = _columns(connection, all_of_them)
    count = len(orders.customers)
    names, code = np.unique(orders.currency, return_inverse=True)
    pairs = np.bincount(orders.account * len(names) + code, minlength=count * len(names))
    by_currency = pairs.reshape(count, len(names))
    main = by_currency.argmax(axis=1)
    rows = Rows(orders.account, orders.day, orders.amount, code == main[orders.account])
    sums = no_orders(count)
    fold(sums, events_of(rows), turnover_of(rows, count))
    elsewhere = by_currency.sum(axis=1) - by_currency.max(axis=1)
    accounts = Accounts(orders.customers, names[main].tolist(), elsewhere, sums)
    keep_rhythms(connection, rows_of(accounts))
    return count


class _Orders(NamedTuple):
    """Orders as columns, each (orders,), and the customers, by whose places these number them."""

    account: Whole
    day: Whole
    amount: Floats
    currency: NDArray[np.str_]
    customers: Whole


def _columns(connection: Connection, orders: Sequence[Plain]) -> _Orders:
    customer_ids, at, amount, currency, _ = zip(*orders, strict=True)
    customers, account = np.unique(np.array(customer_ids, np.int64), return_inverse=True)
    zones = zones_of(connection, customers.tolist())
    names, zone = np.unique([zones[one] for one in customers.tolist()], return_inverse=True)
    return _Orders(
        account,
        local_days(np.array(at, np.int64), names.tolist(), zone[account]),
        np.array(amount, np.float64),
        np.array(currency),
        customers,
    )
