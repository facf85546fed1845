"""What the provider's own journal says of every touch: sent twice, lost, invented, denied, held."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from sqlalchemy import Engine, select

from contacts.record.engine import reading
from contacts.record.tables import Attempt, Touch

SENT = frozenset({"accepted", "delivered", "bounced", "dropped", "undelivered"})
ENDED = SENT | {"failed", "skipped", "needs_review"}


@dataclass(slots=True)
class Verdict:
    touches: int
    accepted: int  # messages in the journal
    states: Counter[str]
    twice: list[int] = field(default_factory=list)
    """Touches that the provider accepted more than once."""
    lost: list[int] = field(default_factory=list)
    """Touches that are in no final state."""
    invented: list[int] = field(default_factory=list)
    """Touches that the record calls sent, and the journal has not."""
    denied: list[int] = field(default_factory=list)
    """Touches that the record says did not leave, and the journal has."""
    strangers: int = 0
    """Messages in the journal of which the record knows no attempt."""
    review_arrived: int = 0
    """Touches in review that the provider has all the same; the others never left."""

    @property
    def holds(self) -> bool:
        return not (self.twice or self.lost or self.invented or self.denied or self.strangers)


def verdict(engine: Engine, journal: Path) -> Verdict:
    """Count every touch of the record against the journal of what was accepted."""
    with reading(engine) as connection:
        touches = dict(connection.execute(select(Touch.id, Touch.state)).tuples().all())
        attempts = dict(connection.execute(select(Attempt.id, Attempt.touch_id)).tuples().all())
    marks = [orjson.loads(line)["attempt_id"] for line in journal.read_bytes().splitlines()]
    times = Counter(attempts[mark] for mark in marks if mark in attempts)
    found = Verdict(len(touches), len(marks), Counter(touches.values()))
    found.strangers = sum(mark not in attempts for mark in marks)
    found.twice = [touch for touch, count in times.items() if count > 1]
    for touch, state in touches.items():
        if state not in ENDED:
            found.lost.append(touch)
        elif state in SENT and touch not in times:
            found.invented.append(touch)
        elif state in ("failed", "skipped") and touch in times:
            found.denied.append(touch)
        found.review_arrived += state == "needs_review" and touch in times
    return found
