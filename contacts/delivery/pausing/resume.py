"""The resume guard: after downtime, a restored backup or a copy, sending waits for a person.

Every pass of sending begins here. While the guard holds, nothing is claimed and no sign of life is
written; planning and everything that is heard go on. `touchline resume` lets sending go on.
"""

import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from contacts.delivery.pace import Pace
from contacts.delivery.pausing.halt import Halt, Why
from contacts.delivery.pausing.installation import (
    Installation,
    installation_of,
    keep_pulse,
    named_installation,
)
from contacts.record.engine import reading, writing
from contacts.record.sending.resumes import begin_resume, current_ramp
from contacts.record.touches.backlog import count_backlog
from contacts.record.upkeep.heartbeats import Beat, beat, known_beats
from contacts.settings import Settings

GAP = timedelta(hours=2)
"""After so long without a pass what is overdue leaves slowly, also where nobody need say so."""
_BEAT_EVERY = timedelta(minutes=1)


def halted(engine: Engine, settings: Settings, *, now: datetime) -> Halt | None:
    """Why sending is paused; None where it may go on. Nothing is written."""
    with reading(engine) as connection:
        return _judged(connection, installation_of(settings), settings, now)


def begin_pass(engine: Engine, settings: Settings, *, now: datetime) -> Halt | Pace | None:
    """What a pass of sending begins with: a reason not to, a slower pace, or nothing to heed.

    A sign of life is written, at most once a minute. `now` is the real time: a pass as of another
    instant says nothing about when this installation last worked.
    """
    own = named_installation(settings)
    with reading(engine) as connection:
        paused = _judged(connection, own, settings, now)
        beats = known_beats(connection)
        ramp = current_ramp(connection)
    if paused is not None:
        return paused
    last = max((one.at for one in beats), default=None)
    gap = last is not None and now - last > GAP
    mine = next((one for one in beats if one.name == own.id), None)
    if mine is None or abs(now - mine.at) >= _BEAT_EVERY:
        with writing(engine) as connection:
            count = _beat(connection, own, now)  # first: its row holds off other workers of ours
            ramp = current_ramp(connection)
            if gap and ramp is None:
                _begin(connection, Why.GAP, settings, now)
                ramp = current_ramp(connection)
        keep_pulse(settings, count, at=now)
    return None if ramp is None else Pace(ramp)


def end_pass(engine: Engine, settings: Settings, *, now: datetime) -> None:
    """A pass that took long ends with a sign of life as well."""
    begin_pass(engine, settings, now=now)


def go_on(engine: Engine, settings: Settings, why: Why, *, now: datetime) -> Pace | None:
    """Let sending go on: this installation is known from now on, the backlog leaves slowly."""
    own = named_installation(settings, anew=why is Why.COPIED)
    with writing(engine) as connection:
        _begin(connection, why, settings, now)
        count = _beat(connection, own, now)
        ramp = current_ramp(connection)
    keep_pulse(settings, count, at=now)
    return None if ramp is None else Pace(ramp)


def judge(
    own: Installation, beats: Sequence[Beat], *, longest: timedelta, now: datetime
) -> Halt | None:
    """The guard itself, out of what the folder and the record say; `beats` has the latest first."""
    if not beats:
        # A first start; unless this folder has sent before, with a record that is gone.
        return Halt(Why.RESTORED, None, "", now, own.last_at) if own.beats else None
    last = beats[0]
    if own.copied:
        why = Why.COPIED
    elif own.id not in {one.name for one in beats}:
        why = Why.OTHER
    elif own.beats > max(one.beats for one in beats):
        why = Why.RESTORED
    elif now - last.at > longest:
        why = Why.DOWNTIME
    else:
        return None
    return Halt(why, last.at, last.host, now, own.last_at)


def _judged(
    connection: Connection, own: Installation, settings: Settings, now: datetime
) -> Halt | None:
    longest = timedelta(hours=settings.pause_after_hours)
    return judge(own, known_beats(connection), longest=longest, now=now)


def _begin(connection: Connection, why: Why, settings: Settings, now: datetime) -> None:
    begin_resume(
        connection,
        why=why,
        host=socket.gethostname(),
        backlog=count_backlog(connection, now=now),
        percent=settings.ramp_percent,
        now=now,
    )


def _beat(connection: Connection, own: Installation, now: datetime) -> int:
    assert own.id is not None  # noqa: S101  # named_installation says so
    return beat(connection, own.id, host=socket.gethostname(), at=now, after=own.beats)
