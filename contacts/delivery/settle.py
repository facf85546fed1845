"""Settling what is in doubt, on every pass: the providers are asked, and a person has the rest."""

from datetime import datetime

from sqlalchemy import Engine

from contacts.channels.outbox import open_outbox
from contacts.delivery.lookups import in_doubt, look_up
from contacts.delivery.reconcile import reconcile
from contacts.settings import Settings


async def settle(engine: Engine, settings: Settings, *, now: datetime) -> int:
    """Return how many touches need a person from now on."""
    return await settle_doubts(engine, settings, now=now) if in_doubt(engine) else 0


async def settle_doubts(engine: Engine, settings: Settings, *, now: datetime) -> int:
    """As `settle`, for who has looked already and knows that something is in doubt."""
    async with open_outbox(settings) as outbox:
        await look_up(engine, outbox, now=now)
    return reconcile(engine, now=now)
