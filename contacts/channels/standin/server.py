"""The stand-in as a whole, on a folder and a port of this machine."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from contacts.channels.rehearsal import signing_keys
from contacts.channels.standin.book import Book
from contacts.channels.standin.clock import Clock
from contacts.channels.standin.control import Control
from contacts.channels.standin.courier import Courier
from contacts.channels.standin.faults import Faults
from contacts.channels.standin.mail import Mail
from contacts.channels.standin.pages import Pages
from contacts.channels.standin.state import Mouth, State
from contacts.channels.standin.telling import Teller
from contacts.channels.standin.texts import Texts

HOST = "127.0.0.1"
_LARGEST_BODY = 31 * 1024 * 1024  # SendGrid takes 30 MB
_KEEP_ALIVE_SECONDS = 15.0
_PATIENCE = 0.1
"""Seconds at the end for requests under way; one that a fault holds open must not hold it up."""

_PATIENCE_WITH_THE_DISK = 0.5
"""A slow disk may take that long for one that is accepted; cut off, it would stand in doubt."""


@dataclass(frozen=True, slots=True)
class Standin:
    url: str
    folder: Path
    state: State


@asynccontextmanager
async def running_standin(  # noqa: PLR0913  # its users name the few that they need
    folder: Path,
    webhooks_url: str | None = None,
    *,
    port: int = 0,
    inbound_token: str = "",
    delay: float = 0.05,
    durable: bool = False,
    activity: bool = True,
) -> AsyncIterator[Standin]:
    """A stand-in in this event loop, on any free port unless one is named.

    Events, callbacks and replies go to `webhooks_url`, each after `delay` seconds; without it
    nothing is told. `durable` waits for the disk before it answers; `activity` plays an account
    with the Email Activity add-on. Raises OSError where the port is taken.
    """
    keys = signing_keys(folder)
    async with AsyncExitStack() as stack:
        book = Book(folder, durable=durable)
        stack.push_async_callback(book.close)
        chance = random.Random(0)  # noqa: S311  # picks faults, guards nothing
        faults, whose = Faults(chance), keys.fingerprint()
        state = State(Clock(), book, faults, mouth=None, fingerprint=whose, activity=activity)
        if webhooks_url:
            teller = Teller(keys, state.clock, webhooks_url)
            courier = Courier(book, state.clock, teller.pack, delay=delay)
            state.mouth = Mouth(teller, courier, inbound_token)
            stack.push_async_callback(_stop, asyncio.create_task(courier.run()))
        patience = _PATIENCE_WITH_THE_DISK if durable else _PATIENCE
        url = await stack.enter_async_context(_listening(state, port, patience))
        yield Standin(url, folder, state)


@asynccontextmanager
async def _listening(state: State, port: int, patience: float) -> AsyncIterator[str]:
    app = web.Application(client_max_size=_LARGEST_BODY)
    for part in (Mail(state), Texts(state), Control(state), Pages(state)):
        app.add_routes(part.routes())
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        shutdown_timeout=patience,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
