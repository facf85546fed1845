"""The sums of accounts as rows of the record, and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from contacts.care.orders.days import EPOCH
from contacts.care.orders.events import Whole
from contacts.care.orders.student import Floats
from contacts.care.orders.sums import RECENT_AMOUNTS, RECENT_GAPS, Sums
from contacts.record.orders.rhythms import RHYTHM, Plain


@dataclass(slots=True)
class Accounts:
    """Accounts by their customers' ids, with what is kept of each; all (accounts,)."""

    customers: Whole
    currencies: list[str]
    elsewhere: Whole  # orders in other currencies
    sums: Sums

    def __len__(self) -> int:
        return len(self.customers)


def accounts_of(rows: Sequence[Plain]) -> Accounts:
    """The accounts of rows of `order_rhythms`."""
    columns: Any = zip(*rows, strict=True) if rows else [()] * len(RHYTHM)
    row = dict(zip(RHYTHM, columns, strict=True))
    return Accounts(
        customers=_whole(row["customer_id"]),
        currencies=list(row["currency"]),
        elsewhere=_whole(row["elsewhere"]),
        sums=Sums(
            gaps=_whole(row["gaps"]),
            first_on=_ordinals(row["first_on"]),
            last_on=_ordinals(row["last_on"]),
            gap_sum=_floats(row["gap_sum"]),
            gap_squares=_floats(row["gap_squares"]),
            recent_gaps=_listed(row["recent_gaps"], RECENT_GAPS).astype(np.int64),
            amounts=_whole(row["amounts"]),
            amount_sum=_floats(row["amount_sum"]),
            amount_squares=_floats(row["amount_squares"]),
            recent_amounts=_listed(row["recent_amounts"], RECENT_AMOUNTS),
            ordered=_floats(row["ordered"]),
            returned=_floats(row["returned"]),
        ),
    )


def rows_of(accounts: Accounts) -> list[Plain]:
    """Rows of `order_rhythms` of these accounts."""
    sums = accounts.sums
    columns: dict[str, list[Any]] = {
        "customer_id": accounts.customers.tolist(),
        "currency": accounts.currencies,
        "elsewhere": accounts.elsewhere.tolist(),
        "first_on": _days(sums.first_on),
        "last_on": _days(sums.last_on),
        "gaps": sums.gaps.tolist(),
        "gap_sum": sums.gap_sum.tolist(),
        "gap_squares": sums.gap_squares.tolist(),
        "recent_gaps": _said(sums.recent_gaps.tolist()),
        "amounts": sums.amounts.tolist(),
        "amount_sum": sums.amount_sum.tolist(),
        "amount_squares": sums.amount_squares.tolist(),
        "recent_amounts": _said(np.round(sums.recent_amounts, 2).tolist()),
        "ordered": np.round(sums.ordered, 2).tolist(),
        "returned": np.round(sums.returned, 2).tolist(),
    }
    return list(zip(*(columns[name] for name in RHYTHM), strict=True))


def _whole(values: Sequence[int]) -> Whole:
    return np.array(values, np.int64)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float64)


def _ordinals(days: Sequence[date | str | None]) -> Whole:
    """Of days as either driver makes them; numpy reads texts and dates alike."""
    since = np.array(days, "datetime64[D]")
    return np.where(np.isnat(since), 0, since.astype(np.int64) + EPOCH)


def _days(ordinals: Whole) -> list[date | None]:
    return [date.fromordinal(one) if one else None for one in ordinals.tolist()]


def _listed(texts: Sequence[str], width: int) -> Floats:
    """Each text has `width` numbers, so all of them are read in one go."""
    return np.fromstring(",".join(texts), np.float64, sep=",").reshape(len(texts), width)


def _said(rows: list[list[Any]]) -> list[str]:
    return [",".join(map(repr, row)) for row in rows]
