"""Webhook events at a steady rate while touches are being sent: how soon each one is answered.

Every message is told of three times, `processed`, `delivered` and `delivered` once more, each in a
request of its own, in any order. Latency counts from the instant at which a request was due, so a
server that falls behind cannot hide it.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import aiohttp
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import func, select

from benchmarks import product_record
from benchmarks.databases import Server
from benchmarks.listening_parts import Request, Sender, requests_of, running_web_app
from benchmarks.measured import Measured, group_cpu_seconds
from benchmarks.report import Verdict
from benchmarks.standin import running_standin
from contacts.record.engine import open_record, reading
from contacts.record.tables import Event, Touch
from contacts.settings import load_settings

_TOLD = 3  # requests about each message
_PATIENCE = aiohttp.ClientTimeout(total=60)  # seconds


@dataclass(slots=True)
class Answered:
    """What became of the requests."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    web_cpu: float = 0.0  # seconds
    sender: Measured = field(default_factory=Measured)

    def said(self, database: str) -> str:
        percent = quantiles(self.seconds, n=100)
        statuses = ", ".join(f"{count:,} x {status}" for status, count in self.statuses.items())
        return (
            f"{database}: {len(self.seconds):,} requests ({statuses}), answered in "
            f"{1000 * percent[49]:.0f} ms by the median, {1000 * percent[98]:.0f} ms in 99 of 100, "
            f"{1000 * max(self.seconds):.0f} ms at most, for "
            f"{1000 * self.web_cpu / len(self.seconds):.1f} ms of CPU each; beside it "
            f"{self.sender.touches:,} touches left in {self.sender.wall_seconds:.0f} s."
        )


def listening(
    console: Console, server: Server, *, rate: int, seconds: int, sent: int
) -> list[Verdict]:
    """`sent` touches are due for each second, so that sending goes on as long as the events do."""
    verdicts = []
    for name, database in (("sqlite", None), ("postgresql", server)):
        answered = _measured(console, database, rate=rate, seconds=seconds, sent=sent)
        console.print(answered.said(name))
        in_99_of_100 = quantiles(answered.seconds, n=100)[98]
        verdicts.append(Verdict(f"listening {name}", 1000 * in_99_of_100))
    return verdicts


def _measured(
    console: Console, server: Server | None, *, rate: int, seconds: int, sent: int
) -> Answered:
    messages, touches = rate * seconds // _TOLD, sent * seconds
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="touchline-bench-")))
        database = opened.enter_context(server.database()) if server else None
        place = folder / "place"
        with console.status(f"a record of {messages + touches:,} customers"):
            product_record.prepare(place, database, touches=touches, warm_up=messages)
        port = opened.enter_context(running_standin(folder / "standin"))
        sender = opened.enter_context(Sender(place, database, port=port, touches=touches))
        with console.status(f"{messages:,} messages leave, to be told of"):
            sender.wait_until_ready()
        web, url = opened.enter_context(running_web_app(place, database))
        requests = requests_of(place, database)
        random.Random(1).shuffle(requests)
        before = group_cpu_seconds(web)
        sender.go()
        with Progress(console=console, transient=True) as progress:
            answered = asyncio.run(_posted(url, requests, rate=rate, progress=progress))
        answered.web_cpu = group_cpu_seconds(web) - before
        answered.sender = sender.measured()
        _check(place, database, messages)
        return answered


async def _posted(
    url: str, requests: Sequence[Request], *, rate: int, progress: Progress
) -> Answered:
    answered = Answered()
    bar = progress.add_task("events", total=len(requests))
    async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
        began = time.perf_counter()

        async def post(number: int, request: Request) -> None:
            due = began + number / rate
            await asyncio.sleep(due - time.perf_counter())
            async with session.post(url, data=request.body, headers=request.headers()) as answer:
                await answer.read()
            answered.seconds.append(time.perf_counter() - due)
            answered.statuses[answer.status] += 1
            progress.advance(bar)

        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(requests):
                group.create_task(post(number, request))
    return answered


def _check(place: Path, database: str | None, messages: int) -> None:
    """A number counts only if every event was applied, and exactly once."""
    given = {} if database is None else {"database_url": database}
    engine = open_record(load_settings(place, **given).url)
    with reading(engine) as connection:
        kinds = dict(
            connection.execute(select(Event.kind, func.count()).group_by(Event.kind)).tuples().all()
        )
        delivered = select(func.count()).where(Touch.state == "delivered")
        assert kinds == {"accepted": messages, "delivered": messages}, kinds
        assert connection.execute(delivered).scalar_one() == messages
    engine.dispose()
