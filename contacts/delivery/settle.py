"""Settling what waits, on every pass: the providers are asked, and a person has the rest."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from contacts.delivery.lookups import look_up
from contacts.delivery.reconcile import reconcile
from contacts.delivery.ways_out import ways_out
from contacts.privacy.asking import ask_providers
from contacts.record.doubt.doubts import Waiting, what_waits
from contacts.record.engine import reading
from contacts.settings import Settings


async def settle(
    engine: Engine, settings: Settings, *, now: datetime, go_on: Callable[[], bool] = lambda: True
) -> int:
    """Return how many touches need a person from now on; once `go_on` is false nobody is asked."""
    return await settle_waiting(engine, settings, waiting(engine, now=now), now=now, go_on=go_on)


def waiting(engine: Engine, *, now: datetime) -> Waiting:
    """Whether there may be anything to settle."""
    with reading(engine) as connection:
        return what_waits(connection, now=now)


async def settle_waiting(
    engine: Engine,
    settings: Settings,
    waits: Waiting,
    *,
    now: datetime,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """As `settle`, for who has looked already."""
    if not any(waits):
        return 0
    async with ways_out(engine, settings, now=now) as outbox:
        if waits.in_doubt:
            await look_up(engine, outbox, now=now, go_on=go_on)
        if waits.erasures:
            await ask_providers(engine, outbox.erasers, now=now)
    return reconcile(engine, now=now) if waits.in_doubt else 0
