"""Passes as the edges run them: the guard asked first, on a clock that the test holds."""

from datetime import datetime

from contacts.channels.outbox import Outbox
from contacts.delivery.pace import Pace
from contacts.delivery.pausing.halt import Halt
from contacts.delivery.pausing.resume import begin_pass
from contacts.delivery.reports import SendReport
from contacts.delivery.send import send_due
from tests.world import World


async def a_pass(small: World, now: datetime) -> SendReport | Halt:
    """Plan, ask the guard, send; a slow pace ends the pass instead of making the test wait."""
    small.plan(now)
    found = begin_pass(small.engine, small.settings, now=now)
    if isinstance(found, Halt):
        return found
    return await send_due(
        small.engine,
        Outbox(email=small.email, sms=small.sms, live=frozenset()),
        settings=small.settings,
        templates=small.templates,
        now=now,
        pace=None if found is None else Pace(found.ramp, sleep=None),
    )
