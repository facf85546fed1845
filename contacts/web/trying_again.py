"""While the web app runs, it tries again what a fault of ours kept from being applied."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from contacts.listening.stuck import try_again
from contacts.record.errors import RecordError
from contacts.web.site import Site

EVERY = 600.0
"""Seconds. Most faults want an update, and so a start; some pass by themselves."""


@asynccontextmanager
async def trying_again(app: FastAPI) -> AsyncIterator[None]:
    """Once before the app answers, and from then on until its end."""
    await _once(app.state.site)
    later = asyncio.create_task(_later(app.state.site))
    yield
    later.cancel()
    with suppress(asyncio.CancelledError):
        await later


async def _later(site: Site) -> None:
    while True:
        await asyncio.sleep(EVERY)
        await _once(site)


async def _once(site: Site) -> None:
    with suppress(RecordError):  # /health tells of it
        await run_in_threadpool(try_again, site.engine, settings=site.settings, now=site.clock())
