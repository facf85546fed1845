"""Instants of orders as days on their customers' calendars, many at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from contacts.cadences.timezones import zone
from contacts.care.orders.events import Whole

_DAY = 86_400  # seconds
EPOCH = 719_163
"""The ordinal of 1 January 1970."""


def local_days(seconds: Whole, names: Sequence[str], zones: Whole) -> Whole:
    """The ordinals of the local days, (rows,), of instants in seconds since 1970.

    `zones`, (rows,), says the place of each row's zone among these names.

    A zone's offset is taken from the noon of each day, so in the hours beside a change of the
    clocks an order may count to the day before or after; no gap is changed by more than that.
    A zone that this machine does not know counts as UTC.
    """
    shifted = seconds.copy()
    days = seconds // _DAY
    for place, name in enumerate(names):
        here = zones == place
        distinct, places = np.unique(days[here], return_inverse=True)
        offsets = np.array([_offset(name, day) for day in distinct.tolist()], np.int64)
        shifted[here] += offsets[places]
    return np.asarray(shifted // _DAY + EPOCH, np.int64)


@lru_cache(maxsize=200_000)
def _offset(name: str, day: int) -> int:
    """Seconds that the zone is ahead of UTC on the day, numbered from 1970."""
    try:
        there = zone(name)
    except ValueError:
        return 0
    noon = datetime(1970, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
    ahead = noon.astimezone(there).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds())
