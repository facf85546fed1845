"""Catching up after a pause: what is too late by now makes room for the newest step."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Engine

from contacts.cadences.decide import too_late
from contacts.cadences.reasons import Reason
from contacts.record.engine import writing
from contacts.record.touches.backlog import Overdue, take_too_late
from contacts.record.touches.outcomes import skip_touches

PAGE = 500
_WITHOUT_END = (Reason.ZONE, Reason.UNCONFIRMED, Reason.WAIVED)


def skip_too_late(engine: Engine, cadence: str, *, now: datetime) -> Counter[str]:
    """Skip the cadence's queued touches whose time is gone, and let it go on; return the reasons.

    Otherwise each would have to be claimed, at the pace of a backlog, to be found too late.
    """
    reasons: Counter[str] = Counter()
    while skipped := _skip_page(engine, cadence, now):
        reasons.update(skipped)
    return reasons


def _skip_page(engine: Engine, cadence: str, now: datetime) -> Counter[str]:
    by_reason: dict[Reason, list[int]] = {}
    with writing(engine) as connection:
        for one in take_too_late(connection, cadence, now=now, limit=PAGE):
            by_reason.setdefault(_reason(one), []).append(one.touch_id)
        for reason, touches in by_reason.items():
            skip_touches(connection, touches, reason, now=now)
    return Counter({str(reason): len(touches) for reason, touches in by_reason.items()})


def _reason(late: Overdue) -> Reason:
    """What no time would have been enough for says so."""
    if late.reason in _WITHOUT_END:
        return Reason(late.reason)
    return too_late(late.due_at, late.not_after)
