"""`python -m benchmarks.prefect_pass`: one send flow run, or the same pass without Prefect."""

import argparse
import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from contacts.channels.outbox import open_outbox
from contacts.delivery.plan import plan
from contacts.delivery.resume import begin_pass, end_pass
from contacts.delivery.send import send_due
from contacts.delivery.settle import settle
from contacts.messages.templates import templates_of
from contacts.record.channels import channel_states
from contacts.record.engine import open_record, reading
from contacts.record.tables import Attempt
from contacts.settings import Settings, load_settings
from contacts.workspace.files import sound_cadences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="the workspace; the rest is in the environment")
    parser.add_argument("--flow", action="store_true", help="by Prefect, as `touchline up` does")
    wish = parser.parse_args()
    settings = load_settings(wish.place)
    cpu, wall = asyncio.run(_by_prefect() if wish.flow else _without(settings))
    said = {"cpu": cpu, "wall": wall, "start": time.process_time() - cpu}
    engine = open_record(settings.url)
    sys.stdout.write(json.dumps(said | {"sent": _sent(engine)}))
    engine.dispose()


async def _by_prefect() -> tuple[float, float]:
    """CPU and time of a run with everything that it hands to the server."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    from flows.send import send

    before, began = time.process_time(), time.perf_counter()
    await send()
    await APILogHandler.aflush()
    await EventsWorker.drain_all()  # type: ignore[misc]  # awaitable where a loop runs, as here
    return time.process_time() - before, time.perf_counter() - began


async def _without(settings: Settings) -> tuple[float, float]:
    before, began = time.process_time(), time.perf_counter()
    engine = open_record(settings.url)
    await _pass(engine, settings, datetime.now(UTC))
    engine.dispose()
    return time.process_time() - before, time.perf_counter() - began


async def _pass(engine: Engine, settings: Settings, now: datetime) -> None:
    """What the flow does, step by step (flows/send.py)."""
    await settle(engine, settings, now=now)
    begin_pass(engine, settings, now=now)
    async with open_outbox(settings) as outbox:
        report = await send_due(
            engine, outbox, settings=settings, templates=templates_of(settings), now=now
        )
    end_pass(engine, settings, now=datetime.now(UTC))
    loaded, _ = sound_cadences(settings.workspace / "cadences")
    only = frozenset(report.cadences)
    plan(engine, loaded, settings=settings, now=datetime.now(UTC), only=only)
    with reading(engine) as connection:
        channel_states(connection)


def _sent(engine: Engine) -> int:
    with reading(engine) as connection:
        accepted = select(func.count()).where(Attempt.state == "accepted")
        return connection.execute(accepted).scalar_one()


if __name__ == "__main__":
    main()
