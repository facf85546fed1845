"""What was told of an account before and went on until it was no news: how things are now."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.signals import SignalKind
from contacts.care.orders.standing import CHANGED
from contacts.record.orders.signal_moves import NewSignal
from contacts.record.orders.signals import earlier_signals

GIVEN_UP = timedelta(days=180)
"""So long after it was raised, what is noticed is how things are, and no signal any more."""
_REMEMBERED = timedelta(days=730)
"""So long after it was raised, nobody is told again what was given up."""
_LEVELS = ("lately_days", "lately_amount")
"""Where a shift led to, in its figures."""
_CENT = 0.01

Figures = Mapping[str, Any]


def is_given_up(signal: Any, now: datetime) -> bool:
    return bool(signal.raised_at < now - GIVEN_UP)


def leave_out_what_is_told(
    connection: Connection, new: Sequence[NewSignal], *, now: datetime
) -> list[NewSignal]:
    """Those that are news: a shift that was given up and goes on is none, until it goes further.

    Another silence is another one, by its key.
    """
    told = earlier_signals(connection, {one.customer_id for one in new})
    return [
        one
        for one in new
        if one.kind == SignalKind.LATE
        or (before := told.get((one.customer_id, one.kind))) is None
        or not _was_given_up(before, now)
        or _leads_further(one.figures, before.figures)
    ]


def _was_given_up(before: Any, now: datetime) -> bool:
    if before.cleared_at is None or before.raised_at < now - _REMEMBERED:
        return False
    return bool(before.cleared_at - before.raised_at > GIVEN_UP)


def _leads_further(figures: Figures, before: Figures) -> bool:
    """What is uneven leads nowhere."""
    for level in _LEVELS:
        if level in figures:
            ratio = max(figures[level], _CENT) / max(before[level], _CENT)
            return bool(ratio >= CHANGED or ratio <= 1 / CHANGED)
    return False
