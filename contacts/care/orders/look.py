"""All accounts as they stand now, read from what the record keeps of them."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import Connection

from contacts.care.orders.events import Flags
from contacts.care.orders.feed import complete_through
from contacts.care.orders.kept import Accounts, accounts_of
from contacts.care.orders.lateness import learn
from contacts.care.orders.noticing import Noticed
from contacts.care.orders.standing import Standing
from contacts.care.orders.sums import together
from contacts.record.orders.order_rows import orders_file_at, subscribers
from contacts.record.orders.rhythms import rhythms_after
from contacts.record.orders.signal_moves import NewSignal

_PAGE = 50_000
"""Accounts that are read together."""


@dataclass(frozen=True, slots=True)
class Look:
    accounts: Accounts
    standing: Standing
    subscribed: Flags
    places: dict[int, int]
    """By customer."""

    @property
    def complete_on(self) -> date:
        """The day through which the orders are known."""
        return date.fromordinal(self.standing.complete)

    def currency(self, place: int) -> str:
        return self.accounts.currencies[place]

    def last_order(self, place: int) -> str:
        """The day of an account's last order, as a signal's key says it; empty without any.

        An account has none left where all its orders were corrected to nothing.
        """
        last_on = int(self.standing.sums.last_on[place])
        return date.fromordinal(last_on).isoformat() if last_on else ""

    def signal(self, one: Noticed) -> NewSignal:
        customer = int(self.accounts.customers[one.place])
        return NewSignal(customer, one.kind, one.key, one.reason, one.weight, one.figures)


def look_at_orders(connection: Connection, *, now: datetime) -> Look | None:
    """How all active customers stand who ever ordered; None where there are none."""
    accounts = _all_accounts(connection)
    file_at = orders_file_at(connection)
    complete = complete_through(
        accounts.sums,
        today=now.toordinal(),
        imported=None if file_at is None else file_at.toordinal(),
    )
    if not complete:
        return None
    standing = Standing(accounts.sums, learn(accounts.sums, complete), complete)
    subscribed = subscribers(connection, date.fromordinal(complete))
    customers = accounts.customers.tolist()
    return Look(
        accounts,
        standing,
        np.isin(accounts.customers, list(subscribed)),
        {customer: place for place, customer in enumerate(customers)},
    )


def _all_accounts(connection: Connection) -> Accounts:
    parts: list[Accounts] = []
    after = 0
    while rows := rhythms_after(connection, after, limit=_PAGE):
        parts.append(accounts_of(rows))
        after = rows[-1][0]
    if not parts:
        return accounts_of([])
    return Accounts(
        np.concatenate([part.customers for part in parts]),
        [currency for part in parts for currency in part.currencies],
        np.concatenate([part.elsewhere for part in parts]),
        together([part.sums for part in parts]),
    )
