"""Raises what was noticed as signals, once each; clears what is over; tells anew what grows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine

from contacts.cadences.signals import SignalKind
from contacts.care.orders.look import Look
from contacts.care.orders.noticing import late_ones, noticed
from contacts.record.engine import reading, writing
from contacts.record.locks import hold_imports
from contacts.record.signals import (
    NewSignal,
    all_open,
    clear_signals,
    raise_signals,
    renew_signals,
)

GIVEN_UP = timedelta(days=180)
"""So long after it was raised, a silence is how things are, and no signal any more."""
_TOLD_ANEW = 7
"""Days by which a silence grows before its sentence is written anew."""
_AT_ONCE = 2_000
"""Signals that are stored together."""


def clear_what_is_over(engine: Engine, look: Look, *, now: datetime) -> int:
    """Clear the signals that no longer hold; return how many."""
    with reading(engine) as connection:
        over = [row.id for row in all_open(connection) if _is_over(look, row, now)]
    for some in _parts(over):
        with writing(engine) as connection:
            clear_signals(connection, some, now=now)
    return len(over)


def raise_what_is_new(
    engine: Engine, look: Look, *, hold_late: bool, now: datetime
) -> tuple[Counter[str], int]:
    """Raise what departs now and was not raised before: how many by kind, and how many were held.

    With `hold_late` nobody is told who is late.
    """
    with reading(engine) as connection:
        known = {(row.customer_id, row.kind): row for row in all_open(connection)}
    found = noticed(look.standing, look.currency, look.subscribed)
    new = [one for one in map(look.signal, found) if (one.customer_id, one.kind) not in known]
    held = sum(one.kind == SignalKind.LATE for one in new) if hold_late else 0
    if held:
        new = [one for one in new if one.kind != SignalKind.LATE]
    raised: Counter[str] = Counter()
    for some in _parts(new):
        with writing(engine) as connection:
            hold_imports(connection)  # and erasures, which take it as well
            raised.update(raise_signals(connection, some, now=now))
    _tell_anew(engine, look, list(known.values()))
    return raised, held


def _is_over(look: Look, row: Any, now: datetime) -> bool:
    place = look.places.get(row.customer_id)
    if place is None or row.raised_at < now - GIVEN_UP:
        return True
    kind = SignalKind(row.kind)
    if kind is SignalKind.LATE:
        return bool(row.key != look.last_order(place))
    return bool(look.standing.is_over[kind][place])


def _tell_anew(engine: Engine, look: Look, known: Sequence[Any]) -> None:
    """A silence that goes on is longer, rarer, and at some point a person's business."""
    silent = look.standing.complete - look.standing.sums.last_on
    grown = {
        look.places[row.customer_id]: row.id
        for row in known
        if row.kind == SignalKind.LATE
        and silent[look.places[row.customer_id]] >= row.figures["silent_days"] + _TOLD_ANEW
    }
    places = np.array(sorted(grown), np.int64)
    told: list[tuple[int, NewSignal]] = [
        (grown[one.place], look.signal(one)) for one in late_ones(look.standing, places)
    ]
    for some in _parts(told):
        with writing(engine) as connection:
            renew_signals(connection, some)


def _parts(listed: list[Any]) -> list[list[Any]]:
    return [listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE)]
