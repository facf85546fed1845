"""Claims of what stands still: back on the shelf at once, before anything is rendered.

What is too late goes on to the gate all the same, which says so: a closed channel must not keep a
touch for ever. So do a few where one may try whether the provider answers again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.cadences.permit import LOOK_AGAIN
from contacts.cadences.reasons import Reason
from contacts.delivery.breaker import Standstill, jitter, standstills_of
from contacts.delivery.reports import SendReport
from contacts.record.sending.channels import channel_states
from contacts.record.touches.claimed import fresh_touches_by
from contacts.record.touches.outcomes import defer_touches
from contacts.record.touches.queue import Claim, put_back

CANDIDATES = 5
"""How many of a claim may ask to be the one that tries: some have no consent, or no window."""
HELD = frozenset({Reason.CHANNEL_CLOSED, Reason.RESTING, Reason.COMPLAINTS})
_SPREAD = timedelta(minutes=5)


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
    states = channel_states(connection) if claims else []
    stills = standstills_of(states, now)
    channels = [state.name for state in states if state.name in stills or state.marketing_held]
    if not channels:
        return Shelved(list(claims))
    held = {claim.touch_id: claim for claim in claims}
    touches = fresh_touches_by(connection, list(held), channels=channels, now=now)
    trying: Counter[str] = Counter()
    back: dict[int, tuple[datetime, Reason]] = {}
    shelved = Shelved([])
    for touch in touches:
        still = stills.get(touch.channel)
        if still is None and touch.purpose == "marketing":
            again = now + LOOK_AGAIN + jitter(touch.id, _SPREAD)
            back[touch.id] = again, Reason.COMPLAINTS
        elif still is not None:
            trying[touch.channel] += 1
            if not still.probe or trying[touch.channel] > CANDIDATES:
                again = _back_at(still, touch.id, first=trying[touch.channel] == 1)
                back[touch.id] = again, still.reason
    shelved.back.update((touch.cadence, back[touch.id][1]) for touch in touches if touch.id in back)
    put_back(connection, {held[touch_id]: at for touch_id, (at, _) in back.items()})
    defer_touches(connection, {touch_id: reason for touch_id, (_, reason) in back.items()})
    shelved.going = [claim for claim in claims if claim.touch_id not in back]
    return shelved


def _back_at(still: Standstill, touch_id: int, *, first: bool) -> datetime:
    """The first is there as soon as it may be: somebody has to try."""
    return still.until if first else still.back_at(touch_id)
