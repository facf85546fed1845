"""`python -m tests.soak.worker WORKSPACE`: passes of settling and sending until SIGTERM."""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from contacts.delivery.settle import settle
from contacts.delivery.tick import Tick
from contacts.record.engine import open_record
from contacts.settings import load_settings

BETWEEN_PASSES = 1.0
"""Seconds."""


async def work(workspace: Path) -> None:
    settings = load_settings(workspace)
    engine = open_record(settings.url)
    told_to_end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)
    while not told_to_end.is_set():
        now = datetime.now(UTC)
        await settle(engine, settings, now=now)
        one_pass = Tick(engine, settings, datetime.now(UTC))
        await one_pass.send(go_on=lambda: not told_to_end.is_set())
        try:
            async with asyncio.timeout(BETWEEN_PASSES):
                await told_to_end.wait()
        except TimeoutError:
            continue


if __name__ == "__main__":
    uvloop.run(work(Path(sys.argv[1])))
