"""Raises what was noticed as signals, once each; clears what is over; tells anew what grows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine

from contacts.cadences.signals import SignalKind
from contacts.care.orders.look import Look
from contacts.care.orders.noticing import late_ones, noticed
from contacts.care.orders.told import GIVEN_UP, is_given_up, leave_out_what_is_told
from contacts.record.engine import reading, writing
from contacts.record.orders.signal_moves import (
    NewSignal,
    clear_signals,
    raise_signals,
    renew_signals,
)
from contacts.record.orders.signals import all_open

_TOLD_ANEW = 7
"""Days by which a silence grows before its sentence is written anew."""
_SETTLED = "Settled by itself: the customer orders as usual, or ordered again."
_OLD = "Closed by itself after half a year: it is no news any more, but how things are."
_GONE = "Closed by itself: no customer any more, or without orders."
_AT_ONCE = 2_000
"""Signals that are stored together."""


def clear_what_is_over(engine: Engine, look: Look | None, *, now: datetime) -> int:
    """Clear the signals that no longer hold, all of them without a look; return how many."""
    with reading(engine) as connection:
        listed = list(all_open(connection))
    over: dict[str, list[int]] = {}
    for row in listed:
        if why := _why_over(look, row, now):
            over.setdefault(why, []).append(row.id)
    for why, ids in over.items():
        for some in _parts(ids):
            with writing(engine) as connection:
                clear_signals(connection, some, why=why, now=now)
    return sum(map(len, over.values()))


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
        new = leave_out_what_is_told(connection, new, now=now)
    held = sum(one.kind == SignalKind.LATE for one in new) if hold_late else 0
    if held:
        new = [one for one in new if one.kind != SignalKind.LATE]
    raised: Counter[str] = Counter()
    for some in _parts(new):
        with writing(engine) as connection:
            raised.update(raise_signals(connection, some, since=now - GIVEN_UP, now=now))
    _tell_anew(engine, look, list(known.values()))
    return raised, held


def _why_over(look: Look | None, row: Any, now: datetime) -> str:
    """In words for the task that it opened; empty while it holds."""
    place = None if look is None else look.places.get(row.customer_id)
    if look is None or place is None:
        return _GONE
    kind = SignalKind(row.kind)
    if kind is SignalKind.LATE:
        is_over = row.key != look.last_order(place)
    else:
        is_over = bool(look.standing.is_over[kind][place])
    if is_over:
        return _SETTLED
    return _OLD if is_given_up(row, now) else ""


def _tell_anew(engine: Engine, look: Look, known: Sequence[Any]) -> None:
    """A silence that goes on is longer, rarer, and at some point a person's business."""
    silent = look.standing.complete - look.standing.sums.last_on
    grown = {
        place: row.id
        for row in known
        if row.kind == SignalKind.LATE
        # Another look at the same time may have raised it of orders that this one did not see.
        and (place := look.places.get(row.customer_id)) is not None
        and silent[place] >= row.figures["silent_days"] + _TOLD_ANEW
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
