"""Made-up books of accounts that order in rhythms of their own."""

from typing import NamedTuple

import numpy as np

from contacts.care.orders.events import Events, Rows, Turnover, events_of, turnover_of
from contacts.care.orders.sums import Sums, fold, no_orders

END = 738_000
"""The ordinal of the day through which the orders of a book are known."""


class MadeUp(NamedTuple):
    sums: Sums
    is_gone: np.ndarray
    """Which accounts ordered for the last time, and will not again."""


def sums_of(*accounts: list[tuple[int, float]]) -> Sums:
    """What is kept of accounts given as (day, amount) rows each."""
    rows = rows_of(*accounts)
    sums = no_orders(len(accounts))
    fold(sums, events_of(rows), turnover_of(rows, len(accounts)))
    return sums


def rows_of(*accounts: list[tuple[int, float]]) -> Rows:
    listed = [(place, day, amount) for place, of in enumerate(accounts) for day, amount in of]
    account, day, amount = (np.array(column) for column in zip(*listed, strict=True))
    return Rows(account, day, amount.astype(np.float64), np.full(len(day), True))


def every(days: int, orders: int, *, until: int = END, amount: float = 100.0) -> list:
    """The orders of somebody as regular as clockwork, the last on that day."""
    return [(until - days * back, amount) for back in reversed(range(orders))]


def made_up_book(accounts: int = 800, *, seed: int = 7) -> MadeUp:
    """Accounts with rhythms from a week to a quarter, of whom a third are gone for a while."""
    random = np.random.default_rng(seed)
    usual = np.exp(random.uniform(np.log(7), np.log(90), accounts))
    spread = random.uniform(0.1, 0.6, accounts)
    is_gone = random.random(accounts) < 1 / 3
    listed = []
    for place in range(accounts):
        orders = int(random.integers(6, 20))
        gaps = np.maximum(1, usual[place] * np.exp(random.normal(0, spread[place], orders)))
        over = random.random() * gaps[-1] if not is_gone[place] else usual[place] * 5
        days = np.round(END - over - np.cumsum(gaps) + gaps[0]).astype(int)[::-1]
        amounts = 100 * np.exp(random.normal(0, 0.4, orders))
        listed.append(list(zip(days.tolist(), amounts.tolist(), strict=True)))
    return MadeUp(sums_of(*listed), is_gone)


def no_turnover(accounts: int) -> Turnover:
    return Turnover(np.zeros(accounts), np.zeros(accounts))


__all__ = ["END", "Events", "MadeUp", "every", "made_up_book", "no_turnover", "rows_of", "sums_of"]
