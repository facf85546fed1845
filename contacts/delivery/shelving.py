"""Claims of channels that stand still: back on the shelf at once, before anything is rendered.

What is too late goes on to the gate all the same, which says so: a closed channel must not keep a
touch for ever. So do a few where one may try whether the provider answers again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.reasons import Reason
from contacts.delivery.breaker import Standstill, standstills
from contacts.delivery.reports import SendReport
from contacts.record.claimed import fresh_touches_by
from contacts.record.outcomes import defer_touches
from contacts.record.queue import Claim, put_back

CANDIDATES = 5
"""How many of a claim may ask to be the one that tries: some have no consent, or no window."""
HELD = frozenset({Reason.CHANNEL_CLOSED, Reason.RESTING})


@dataclass(slots=True)
class Shelved:
    """What goes on, and what was put back: why, by cadence."""

    going: list[Claim]
    back: Counter[tuple[str, Reason]] = field(default_factory=Counter)

    @property
    def any(self) -> bool:
        """Whether anything was ready."""
        return bool(self.going or self.back)

    def count(self, report: SendReport) -> None:
        """Add what was put back to the report, once it is on record."""
        for (cadence, reason), number in self.back.items():
            counts = report.of(cadence)
            counts.due += number
            counts.deferred[reason] += number
            counts.held += number if reason in HELD else 0


def shelve(connection: Connection, claims: Sequence[Claim], *, now: datetime) -> Shelved:
    """Put the claims of channels that stand still back; callers own the transaction."""
    stills = standstills(connection, now) if claims else {}
    if not stills:
        return Shelved(list(claims))
    held = {claim.touch_id: claim for claim in claims}
    touches = fresh_touches_by(connection, list(held), channels=list(stills), now=now)
    trying: Counter[str] = Counter()
    back: dict[int, datetime] = {}
    shelved = Shelved([])
    for touch in touches:
        still = stills[touch.channel]
        trying[touch.channel] += 1
        if still.probe and trying[touch.channel] <= CANDIDATES:
            continue
        back[touch.id] = _back_at(still, touch.id, first=trying[touch.channel] == 1)
        shelved.back[touch.cadence, still.reason] += 1
    put_back(connection, {held[touch_id]: at for touch_id, at in back.items()})
    reasons = {touch.id: stills[touch.channel].reason for touch in touches if touch.id in back}
    defer_touches(connection, reasons)
    shelved.going = [claim for claim in claims if claim.touch_id not in back]
    return shelved


def _back_at(still: Standstill, touch_id: int, *, first: bool) -> datetime:
    """The first is there as soon as it may be: somebody has to try."""
    return still.until if first else still.back_at(touch_id)
