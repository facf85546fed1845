"""The sums of accounts as rows of the record, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from contacts.care.orders.events import Whole
from contacts.care.orders.student import Floats
from contacts.care.orders.sums import RECENT_AMOUNTS, RECENT_GAPS, Sums


@dataclass(slots=True)
class Accounts:
    """Accounts by their customers' ids, with what is kept of each; all (accounts,)."""

    customers: Whole
    currencies: list[str]
    elsewhere: Whole  # orders in other currencies
    sums: Sums

    def __len__(self) -> int:
        return len(self.customers)


def accounts_of(rows: Sequence[Any]) -> Accounts:
    """The accounts of rows of `order_rhythms`."""
    columns: Any = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    by_name = dict(zip(_COLUMNS, columns, strict=True))
    return Accounts(
        customers=_whole(by_name["customer_id"]),
        currencies=list(by_name["currency"]),
        elsewhere=_whole(by_name["elsewhere"]),
        sums=Sums(
            gaps=_whole(by_name["gaps"]),
            first_on=_ordinals(by_name["first_on"]),
            last_on=_ordinals(by_name["last_on"]),
            gap_sum=_floats(by_name["gap_sum"]),
            gap_squares=_floats(by_name["gap_squares"]),
            recent_gaps=_listed(by_name["recent_gaps"], RECENT_GAPS).astype(np.int64),
            amounts=_whole(by_name["amounts"]),
            amount_sum=_floats(by_name["amount_sum"]),
            amount_squares=_floats(by_name["amount_squares"]),
            recent_amounts=_listed(by_name["recent_amounts"], RECENT_AMOUNTS),
            ordered=_floats(by_name["ordered"]),
            returned=_floats(by_name["returned"]),
        ),
    )


def rows_of(accounts: Accounts) -> list[dict[str, Any]]:
    """Rows of `order_rhythms` of these accounts."""
    sums = accounts.sums
    columns: list[list[Any]] = [
        accounts.customers.tolist(),
        accounts.currencies,
        accounts.elsewhere.tolist(),
        _days(sums.first_on),
        _days(sums.last_on),
        sums.gaps.tolist(),
        sums.gap_sum.tolist(),
        sums.gap_squares.tolist(),
        _said(sums.recent_gaps.tolist()),
        sums.amounts.tolist(),
        sums.amount_sum.tolist(),
        sums.amount_squares.tolist(),
        _said(np.round(sums.recent_amounts, 2).tolist()),
        np.round(sums.ordered, 2).tolist(),
        np.round(sums.returned, 2).tolist(),
    ]
    return [dict(zip(_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)]


_COLUMNS = (
    "customer_id", "currency", "elsewhere", "first_on", "last_on", "gaps", "gap_sum",
    "gap_squares", "recent_gaps", "amounts", "amount_sum", "amount_squares", "recent_amounts",
    "ordered", "returned",
)  # fmt: skip


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, np.int64)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)


def _ordinals(days: Sequence[date | None]) -> Whole:
    return np.array([0 if day is None else day.toordinal() for day in days], np.int64)


def _days(ordinals: Whole) -> list[date | None]:
    return [date.fromordinal(one) if one else None for one in ordinals.tolist()]


def _listed(texts: Sequence[str], width: int) -> Floats:
    """Each text has `width` numbers, so all of them are read in one go."""
    return np.fromstring(",".join(texts), np.float64, sep=",").reshape(len(texts), width)


def _said(rows: list[list[Any]]) -> list[str]:
    return [",".join(map(repr, row)) for row in rows]
