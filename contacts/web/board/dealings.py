"""A customer's orders, contracts and benefits as their page shows them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, select

from contacts.record.orders.benefits import Benefit, worth_in_words
from contacts.record.tables import Contract, Order
from contacts.web.board.plots import Amount, Plot, amounts_over_time

_DRAWN = 120
_DESK, _PHONE = (640, 120), (310, 120)
"""Width and height of the plot."""
_GOT = 5
_ENOUGH = 4
"""Orders from which a usual gap is told."""


@dataclass(frozen=True, slots=True)
class Bought:
    on: date
    amount: Decimal
    currency: str
    items: str
    gap: int | None
    """Days since the order before."""


@dataclass(frozen=True, slots=True)
class Orders:
    latest: list[Bought]
    """The newest first."""
    count: int
    plots: list[Plot]
    """For a desk and for a phone."""
    currency: str
    """Of the plots; orders in others are listed alone."""
    usual_gap: int | None
    since: int | None
    """Days since the last order."""

    @property
    def told(self) -> str:
        """The rhythm in a sentence."""
        if self.usual_gap is None or self.since is None:
            return ""
        return f"Usually every {self.usual_gap} days; the last one was {self.since} days ago."


@dataclass(frozen=True, slots=True)
class Got:
    """Something that we did for the customer, and they may not have noticed."""

    on: date
    text: str
    worth: str


def orders_of(connection: Connection, customer_id: int, *, now: datetime) -> Orders:
    """The latest orders, with a drawing of them."""
    theirs = Order.customer_id == customer_id
    count = connection.execute(select(func.count()).where(theirs)).scalar_one()
    rows = connection.execute(
        select(Order.ordered_at, Order.amount, Order.currency, Order.items)
        .where(theirs)
        .order_by(Order.ordered_at.desc(), Order.id.desc())
        .limit(_DRAWN)
    ).all()
    listed = _with_gaps(rows)
    currency = Counter(one.currency for one in listed).most_common(1)[0][0] if listed else ""
    gaps = [one.gap for one in listed if one.gap]
    return Orders(
        latest=listed,
        count=count,
        plots=_plots([one for one in listed if one.currency == currency], now.date()),
        currency=currency,
        usual_gap=round(median(gaps)) if len(gaps) + 1 >= _ENOUGH else None,
        since=(now.date() - listed[0].on).days if listed else None,
    )


def contracts_of(connection: Connection, customer_id: int) -> list[Any]:
    """Rows of all their contracts, the last to end first."""
    theirs = select(Contract).where(Contract.customer_id == customer_id)
    return list(connection.execute(theirs.order_by(Contract.ends_on.desc(), Contract.id)))


def benefits_of(connection: Connection, customer_id: int) -> list[Got]:
    """The latest of what they got from us, the newest first."""
    theirs = select(Benefit).where(Benefit.customer_id == customer_id)
    latest = theirs.order_by(Benefit.given_on.desc(), Benefit.id.desc()).limit(_GOT)
    return [Got(row.given_on, row.text, worth_in_words(row)) for row in connection.execute(latest)]


def _with_gaps(rows: Sequence[Any]) -> list[Bought]:
    return [
        Bought(
            on=row.ordered_at.date(),
            amount=row.amount,
            currency=row.currency,
            items=row.items,
            gap=(row.ordered_at.date() - last.ordered_at.date()).days if last else None,
        )
        for row, last in zip_longest(rows, rows[1:])
    ]


def _plots(listed: Sequence[Bought], today: date) -> list[Plot]:
    amounts = [
        Amount(
            on=one.on,
            value=float(one.amount),
            words=f"{one.on.day} {one.on:%b %Y}: {one.amount:,.2f} {one.currency}",
            kind="in" if one.amount < 0 else "out",
        )
        for one in reversed(listed)
    ]
    drawn = (
        amounts_over_time(amounts, until=today, width=width, height=height)
        for width, height in (_DESK, _PHONE)
    )
    return [plot for plot in drawn if plot is not None]
