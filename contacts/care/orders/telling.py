"""What is usual for one account, in sentences, whether or not anything departs from it."""

from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from contacts.care.orders import words
from contacts.care.orders.kept import accounts_of
from contacts.care.orders.lateness import (
    LEAST_GAPS,
    Book,
    gaps_of,
    half_of_gaps,
    posterior,
    usual_gap,
)
from contacts.care.orders.prior import Leaving, Prior
from contacts.record.orders.rhythms import rhythms_of, watches

_MANY_RETURNS = 0.05
"""Of the money ordered; less is not worth a word."""


def rhythm_of(connection: Connection, customer_id: int) -> str | None:
    """The account's own rhythm as of the last look; None where it was not looked at, or no order.

    Until it has enough orders of its own, that it is being learnt, and what is usual in the book.
    """
    look = next(iter(watches(connection, limit=1)), None)
    account = accounts_of(rhythms_of(connection, [customer_id]))
    if look is None or not len(account) or not account.sums.last_on[0]:
        return None
    book, sums = _book(look.book), account.sums
    usual = float(usual_gap(sums, posterior(gaps_of(sums), book.gaps))[0])
    if sums.gaps[0] < LEAST_GAPS:
        of_book = float(np.exp(book.gaps.mean))
        return words.learning(orders=int(sums.orders[0]), usual=of_book)
    shorter, longer = half_of_gaps(sums, book)
    between = (float(shorter[0]), float(longer[0]))
    last_on = date.fromordinal(int(sums.last_on[0]))
    said = [words.rhythm(usual=usual, between=between, last_on=last_on)]
    if (back := float(sums.return_share[0])) >= _MANY_RETURNS:
        said.append(words.returns(back))
    if elsewhere := int(account.elsewhere[0]):
        said.append(words.elsewhere(elsewhere, account.currencies[0]))
    return " ".join(said)


def _book(kept: Any) -> Book:
    """As the look wrote it down."""
    return Book(Prior(**kept["gaps"]), Prior(**kept["amounts"]), Leaving(**kept["leaving"]))
