"""A look at all accounts: takes in new orders, raises what was noticed, clears what is over."""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from contacts.care.orders.folding import fold_orders
from contacts.care.orders.guard import NIGHTS, Night, is_too_many, tonight
from contacts.care.orders.look import Look, look_at_orders
from contacts.care.orders.raising import clear_what_is_over, raise_what_is_new
from contacts.care.orders.tasks import open_order_tasks
from contacts.record.engine import reading, writing
from contacts.record.orders.rhythms import keep_watch, watches
from contacts.settings import Settings


@dataclass(slots=True)
class OrderWatch:
    """What a look found and did."""

    complete_on: date | None = None
    """The day through which the orders are known; None without any orders."""
    orders: int = 0
    """That were new, or read again."""
    accounts: int = 0
    """Active customers who ordered."""
    learning: int = 0
    """Of these the ones with too few orders for a rhythm of their own."""
    late: int = 0
    """However long ago that began."""
    newly: int = 0
    """Those who became late since the look before."""
    raised: Counter[str] = field(default_factory=Counter)
    """By kind."""
    cleared: int = 0
    held: int = 0
    """Late ones that nobody was told of: too many at once for all of it to be their doing."""
    tasks: int = 0
    mixed: int = 0
    """Accounts with several currencies; only the amounts in the one of most orders count."""


def watch_orders(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    taken_kinds: Collection[str] = frozenset(),
) -> OrderWatch:
    """Look at every account once, as of `now`.

    `taken_kinds` are the kinds of signals that some cadence starts on: it has some hours to take
    such a one, and what is left is a task then. Every other signal is a task at once.
    """
    with reading(engine) as connection:
        rows = watches(connection, limit=NIGHTS)
    before = rows[0] if rows else None
    folded = fold_orders(engine, after=None if before is None else before.through)
    with reading(engine) as connection:
        look = look_at_orders(connection, now=now)
    if look is None:
        cleared = clear_what_is_over(engine, None, now=now)
        return OrderWatch(orders=folded.orders, cleared=cleared)
    report = _report(look, orders=folded.orders)
    night = tonight(look.standing, before.complete_on.toordinal() if before else None)
    report.newly = night.newly
    hold = is_too_many(
        night,
        [Night(row.watched, row.newly, row.days) for row in rows],
        was_held=before is not None and before.held > 0,
    )
    report.cleared = clear_what_is_over(engine, look, now=now)
    report.raised, report.held = raise_what_is_new(engine, look, hold_late=hold, now=now)
    report.tasks = open_order_tasks(engine, settings, now=now, taken_kinds=taken_kinds)
    with writing(engine) as connection:
        keep_watch(connection, _row(look, report, night, folded.through, now))
    return report


def _report(look: Look, *, orders: int) -> OrderWatch:
    standing = look.standing
    has_ordered = standing.sums.last_on > 0  # not so where everything was sent back
    return OrderWatch(
        complete_on=look.complete_on,
        orders=orders,
        accounts=int(has_ordered.sum()),
        learning=int((has_ordered & ~standing.is_watched).sum()),
        late=int(standing.is_late.sum()),
        mixed=int((look.accounts.elsewhere > 0).sum()),
    )


def _row(
    look: Look, report: OrderWatch, night: Night, through: int, now: datetime
) -> dict[str, Any]:
    return {
        "at": now,
        "through": through,
        "complete_on": report.complete_on,
        "accounts": report.accounts,
        "watched": night.watched,
        "late": report.late,
        "newly": night.newly,
        "days": night.days,
        "raised": report.raised.total(),
        "cleared": report.cleared,
        "held": report.held,
        "book": asdict(look.standing.book) | {"leaving": look.standing.book.leaving._asdict()},
    }
