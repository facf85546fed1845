"""What was noticed, in sentences that an owner understands and can check against the orders.

They say "about", for the chances are right for a book of many kinds of customers, and may be off
several times over in one where all are alike.
"""

from collections.abc import Sequence
from datetime import date

from contacts.wording import day_in_words, so_many

_RAREST = 100  # rarer than once in so many is no more than a guess
_SHARP = 20  # from here on numbers are said to two figures
_ALL = 0.95  # from this share on it is all, as far as the figures tell
_LONG = 100  # days; from here on they are said to the next five


def late(*, usual: float, between: tuple[float, float], silent: int, chance: float) -> str:
    """Of an account that is late; the first three in days, `chance` of so long a gap."""
    return (
        f"{_usually(usual, between)}, but nothing for {so_many(silent, 'day')} now; if nothing had "
        f"changed, a gap this long would come {_seldom(chance)}."
    )


def rhythm(*, usual: float, between: tuple[float, float], last_on: date) -> str:
    """Of an account from which nothing need depart; in days."""
    return f"{_usually(usual, between)}, the last time on {day_in_words(last_on)}."


def returns(share: float) -> str:
    """Of an account that sends back a part of what it orders; above 1 also what it had before."""
    if share >= _ALL:
        return "Sends back as much as it orders, or more."
    return f"Sends back about {round(100 * share)} in 100 of what it orders."


def elsewhere(orders: int, currency: str) -> str:
    """Of an account with orders in other currencies than its main one."""
    verbs = ("is", "counts") if orders == 1 else ("are", "count")
    return (
        f"{so_many(orders, 'order')} {verbs[0]} not in {currency}, and {verbs[1]} without the "
        "amount: there are no rates."
    )


def pace(*, before: float, lately: Sequence[int]) -> str:
    """Of an account whose last gaps are longer or shorter than before; the newest last, in days."""
    return (
        f"The last {len(lately) + 1} orders came {_listed(lately)} days apart, usually they come "
        f"about every {_days(before)}."
    )


def size(*, before: float, lately: Sequence[float], currency: str) -> str:
    """Of an account whose last orders are smaller or bigger than before; the newest last."""
    unit = f" {currency}" if currency else ""
    said = _listed([_money(amount) for amount in lately])
    return f"The last {len(lately)} orders were about {said}{unit}, usually about {_money(before)}."


def uneven(*, usual: float, gaps: Sequence[int]) -> str:
    """Of an account whose last gaps are not as even as they were; the newest last, in days."""
    return (
        f"The last {len(gaps) + 1} orders came unevenly, {_listed(gaps)} days apart; usually they "
        f"come about every {_days(usual)}."
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
        return f"less often than once in {_RAREST}"
    step = 5 if times >= _SHARP else 1
    return f"about once in {max(2, step * round(times / step))}"


def _listed(values: Sequence[object]) -> str:
    *others, last = map(str, values)
    return f"{', '.join(others)} and {last}"


def _days(days: float) -> str:
    """Behind "about every"."""
    whole = _whole(days)
    return "day" if whole == 1 else f"{whole:,} days"


def _whole(days: float) -> int:
    step = 5 if days >= _LONG else 1
    return max(1, step * round(days / step))


def _money(amount: float) -> str:
    if amount < _SHARP:
        return f"{amount:.2f}".removesuffix(".00")
    step = 10 ** max(0, len(str(round(amount))) - 2)
    return f"{step * round(amount / step):,}"
