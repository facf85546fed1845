"""What was noticed, in sentences that an owner understands and can check against the orders.

They say "about", for the chances are right for a book of many kinds of customers, and may be off
several times over in one where all are alike.
"""

from collections.abc import Sequence

from contacts.wording import so_many

LAST = 3
"""Gaps or orders that "the last" speaks of."""
_RAREST = 100  # rarer than once in so many is no more than a guess
_SHARP = 20  # from here on numbers are said to two figures


def late(*, usual: float, between: tuple[float, float], silent: float, chance: float) -> str:
    """Of an account that is late; the first three in days, `chance` of so long a gap."""
    return (
        f"{_usually(usual, between)}; nothing for {_days(silent)}. "
        f"If nothing had changed, a gap this long would come {_seldom(chance)}."
    )


def rhythm(*, usual: float, between: tuple[float, float], silent: int) -> str:
    """Of an account from which nothing need depart; in days."""
    last = "today" if silent == 0 else f"{so_many(silent, 'day')} ago"
    return f"{_usually(usual, between)}; the last time {last}."


def returns(share: float) -> str:
    """Of an account that sends back a part of what it orders, 0 to 1."""
    return f"Sends back about {round(100 * share)} in 100 of what it orders."


def elsewhere(orders: int, currency: str) -> str:
    """Of an account with orders in other currencies than its main one."""
    verb = "is" if orders == 1 else "are"
    return (
        f"{so_many(orders, 'order')} of it {verb} not in {currency}, and {verb} counted without "
        "the amount, for want of rates."
    )


def pace(*, before: float, lately: float) -> str:
    """Of an account whose last gaps are longer or shorter than before, in days."""
    return f"Orders about every {_days(lately)} by its last {LAST} gaps, usually every " + (
        f"{_days(before)}."
    )


def size(*, before: float, lately: float, currency: str) -> str:
    """Of an account whose last orders are smaller or bigger than before."""
    unit = f" {currency}" if currency else ""
    return f"Last {LAST} orders averaged about {_money(lately)}{unit}, usually {_money(before)}."


def uneven(*, usual: float, gaps: Sequence[int]) -> str:
    """Of an account whose last gaps, the newest last, are not as even as they were; in days."""
    *others, last = (str(days) for days in gaps)
    return (
        f"Orders come unevenly of late: {', '.join(others)} and {last} days apart, usually about "
        f"{_days(usual)}."
    )


def learning(*, orders: int, usual: float) -> str:
    """Of an account with too few gaps for a rhythm of its own; `usual` is the book's, in days."""
    return (
        f"Still learning its rhythm from {so_many(orders, 'order')}; customers here usually order "
        f"about every {_days(usual)}."
    )


def _usually(usual: float, between: tuple[float, float]) -> str:
    shorter, longer = (_whole(days) for days in between)
    half = f" (half of the time {shorter} to {longer})" if shorter != longer else ""
    return f"Usually orders about every {_days(usual)}{half}"


def _seldom(chance: float) -> str:
    times = 1 / max(chance, 1e-9)
    if times > _RAREST:
        return f"less than once in {_RAREST}"
    step = 5 if times >= _SHARP else 1
    return f"about once in {max(2, step * round(times / step))}"


def _days(days: float) -> str:
    whole = _whole(days)
    return "day" if whole == 1 else f"{whole:,} days"


def _whole(days: float) -> int:
    return max(1, round(days))


def _money(amount: float) -> str:
    if amount < _SHARP:
        return f"{amount:.2f}".removesuffix(".00")
    step = 10 ** max(0, len(str(round(amount))) - 2)
    return f"{step * round(amount / step):,}"
