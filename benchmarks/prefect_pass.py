"""`python -m benchmarks.prefect_pass`: one send flow run, or the same pass without Prefect.

A small one goes before it, unmeasured: libraries load parts of themselves at their first use, which
belongs to the start of the process.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from sqlalchemy import Engine, func, select

from benchmarks.measured import group_cpu_seconds
from contacts.channels.outbox import open_outbox
from contacts.delivery.pausing.resume import begin_pass, end_pass
from contacts.delivery.planning.plan import plan
from contacts.delivery.send import send_due
from contacts.delivery.settle import settle
from contacts.messages.templates import templates_of
from contacts.record.engine import open_record, reading
from contacts.record.sending.channels import channel_states
from contacts.record.tables import Attempt
from contacts.settings import Settings, load_settings
from contacts.workspace.files import sound_cadences
from flows.running.quick_imports import without_collections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warm_up", type=Path, help="the workspace of the pass before")
    parser.add_argument("place", type=Path, help="the workspace; the rest is in the environment")
    parser.add_argument("--flow", action="store_true", help="by Prefect, as `touchline up` does")
    parser.add_argument("--server", type=int, help="the process group of Prefect's server")
    wish = parser.parse_args()
    cost = asyncio.run(_measured(wish))
    said = asdict(cost) | {"start": time.process_time() - cost.cpu}
    engine = open_record(load_settings(wish.place).url)
    sys.stdout.write(json.dumps(said | {"sent": _sent(engine)}))
    engine.dispose()


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of a pass, in seconds."""

    cpu: float
    wall: float
    server: float  # CPU of Prefect's server, with what it does by itself


async def _measured(wish: argparse.Namespace) -> _Cost:
    """The cost of the second pass."""
    with without_collections():  # as the process of a run begins (flows/running/gentle_run.py)
        if wish.flow:
            import_module("prefect.flow_engine")
    await _one(wish.warm_up, wish.flow)
    server = group_cpu_seconds(wish.server) if wish.server else 0.0
    cpu, began = time.process_time(), time.perf_counter()
    await _one(wish.place, wish.flow)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    return _Cost(cpu, wall, group_cpu_seconds(wish.server) - server if wish.server else 0.0)


async def _one(folder: Path, by_flow: bool) -> None:
    os.environ["TOUCHLINE_WORKSPACE"] = str(folder)
    await (_by_prefect() if by_flow else _without(load_settings(folder)))


async def _by_prefect() -> None:
    """A run, with everything that it hands to the server."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    from flows.send import send

    await send()
    await APILogHandler.aflush()
    await EventsWorker.drain_all()  # type: ignore[misc]  # awaitable where a loop runs, as here


async def _without(settings: Settings) -> None:
    engine = open_record(settings.url)
    await _pass(engine, settings, datetime.now(UTC))
    engine.dispose()


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
