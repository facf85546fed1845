"""The look at all orders with a workspace's own cadences: whenever, or where one is due."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from contacts.cadences.loaded import LoadedCadence
from contacts.care.next_step import learn_pairs
from contacts.record.engine import reading
from contacts.record.orders.order_rows import newest_order
from contacts.record.orders.rhythms import last_watch_at
from contacts.settings import Settings

if TYPE_CHECKING:  # numpy takes a tenth of a second to import
    from contacts.care.orders.watch import OrderWatch

DAILY = timedelta(hours=20)
"""Less than a day, so that a look at the same hour of the next day is due."""


def watch_workspace(
    engine: Engine, settings: Settings, cadences: Iterable[LoadedCadence], *, now: datetime
) -> "OrderWatch":
    """Look at every account, and leave to these cadences the kinds that they start on.

    What is bought together is learnt by the way.
    """
    from contacts.care.orders.watch import watch_orders

    learn_pairs(engine, now=now)
    starts = [one.cadence.start for one in cadences]
    taken = frozenset(kind for start in starts for kind in start.kinds or ())
    return watch_orders(engine, settings, now=now, taken_kinds=taken)


def watch_if_due(
    engine: Engine,
    settings: Settings,
    cadences: Iterable[LoadedCadence],
    *,
    now: datetime,
    every: timedelta | None = None,
) -> "OrderWatch | None":
    """The same if there are orders and the last look is so long ago; without `every` if none was.

    None where no look is due.
    """
    with reading(engine) as connection:
        if not newest_order(connection):
            return None
        last = last_watch_at(connection)
    if last is not None and (every is None or last > now - every):
        return None
    return watch_workspace(engine, settings, cadences, now=now)
