"""How sending goes on after a pause: each time on record, and how much of the backlog a minute."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from contacts.record.tables import Resume

LEAST_PER_MINUTE = 10
"""A small backlog is no flood; it leaves within minutes whatever the share."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A backlog that leaves slowly."""

    id: int
    at: datetime
    why: str
    backlog: int
    per_minute: int
    taken: int
    """How many of it were taken up so far."""


@dataclass(frozen=True, slots=True)
class Share:
    """What may still be taken up in this minute."""

    minute: int  # since the ramp began
    left: int
    backlog_left: int


def share_per_minute(backlog: int, percent: int) -> int:
    """How many touches of a backlog may be taken up in a minute."""
    return max(LEAST_PER_MINUTE, math.ceil(backlog * percent / 100))


def begin_resume(
    connection: Connection, *, why: str, host: str, backlog: int, percent: int, now: datetime
) -> None:
    """Put on record that sending goes on; a backlog beyond one minute's share leaves slowly."""
    connection.execute(update(Resume).where(Resume.over_at.is_(None)).values(over_at=now))
    per_minute = share_per_minute(backlog, percent)
    row = {
        "at": now,
        "why": why,
        "host": host[:200],
        "backlog": backlog,
        "per_minute": per_minute,
        "over_at": now if backlog <= per_minute else None,
    }
    connection.execute(insert(Resume).values(row))


def current_ramp(connection: Connection) -> Ramp | None:
    """The backlog that is leaving slowly now, if there is one."""
    row = connection.execute(_CURRENT).first()
    if row is None:
        return None
    return Ramp(row.id, row.at, row.why, row.backlog, row.per_minute, row.taken)


def share_of(connection: Connection, ramp: Ramp, *, now: datetime) -> Share | None:
    """This minute's share; None once the ramp is over. No other worker takes from it meanwhile."""
    row = connection.execute(_CURRENT.where(Resume.id == ramp.id).with_for_update()).first()
    if row is None:
        return None
    minute = minute_of(ramp, now)
    taken = row.taken_in_minute if row.minute == minute else 0
    return Share(minute, max(0, row.per_minute - taken), row.backlog - row.taken)


def minute_of(ramp: Ramp, now: datetime) -> int:
    """How many minutes ago the ramp began; 0 where a clock has gone back since."""
    return max(0, int((now - ramp.at).total_seconds() // 60))


def take(connection: Connection, ramp: Ramp, share: Share, count: int) -> None:
    """Count what was taken up of a share."""
    so_far = ramp.per_minute - share.left
    connection.execute(
        update(Resume)
        .where(Resume.id == ramp.id)
        .values(minute=share.minute, taken_in_minute=so_far + count, taken=Resume.taken + count)
    )


def end_ramp(connection: Connection, ramp: Ramp, *, now: datetime) -> None:
    """From now on touches leave as fast as ever."""
    connection.execute(update(Resume).where(Resume.id == ramp.id).values(over_at=now))


_CURRENT = (
    select(
        Resume.id,
        Resume.at,
        Resume.why,
        Resume.backlog,
        Resume.per_minute,
        Resume.minute,
        Resume.taken_in_minute,
        Resume.taken,
    )
    .where(Resume.over_at.is_(None))
    .order_by(Resume.id.desc())
    .limit(1)
)
