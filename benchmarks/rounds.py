"""Interleaved rounds: every contender once a round, each on a fresh database in a fresh process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import floor_record, naive, product_record
from benchmarks.databases import Server
from benchmarks.measured import Measured
from benchmarks.standin import running_standin

WARM_UP = 100
"""Touches before the measuring begins: the templates are compiled then, the statements cached."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender of a round, and what it is measured with."""

    name: str  # in the tables
    contender: str  # product, floor or naive
    touches: int
    channel: str = "email"
    postgresql: bool = False
    batch_size: int = 100  # of the product
    workers: int = 1  # of the product: processes that send from one record
    latency: float = 0.0  # of the provider, in seconds


Round = dict[str, Measured]


def run_rounds(
    entries: list[Entry], rounds: int, *, server: Server | None, said: Callable[[str], None]
) -> Iterator[Round]:
    """Measure every entry once a round; the order turns, so that no place in it is an advantage."""
    for number in range(rounds):
        turn = number % len(entries)
        measured: Round = {}
        for entry in entries[turn:] + entries[:turn]:
            said(f"round {number + 1} of {rounds}: {entry.name}, {entry.touches:,} touches")
            measured[entry.name] = run_once(entry, server=server)
        yield {entry.name: measured[entry.name] for entry in entries}


def run_once(entry: Entry, *, server: Server | None = None) -> Measured:
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="touchline-bench-")))
        database = None
        if entry.postgresql:
            assert server is not None
            database = opened.enter_context(server.database())
        _prepare(entry, folder / "place", database)
        standin = running_standin(folder / "standin", latency=entry.latency)
        return _run(entry, folder / "place", database, opened.enter_context(standin))


def _prepare(entry: Entry, place: Path, database: str | None) -> None:
    if entry.contender == "product":
        product_record.prepare(place, database, touches=entry.touches, warm_up=WARM_UP)
    elif entry.contender == "floor":
        floor_record.prepare(place, database, entry.touches + WARM_UP)
    else:
        naive.prepare(place, entry.touches + WARM_UP)


def _run(entry: Entry, place: Path, database: str | None, port: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.contender", entry.contender, str(place)]
    command += ["--touches", str(entry.touches), "--warm-up", str(WARM_UP), "--port", str(port)]
    command += ["--channel", entry.channel, "--batch-size", str(entry.batch_size)]
    command += ["--workers", str(entry.workers)]
    if database is not None:
        command += ["--database", database]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Measured(**json.loads(done.stdout))
