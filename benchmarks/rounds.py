"""Interleaved rounds: every contender once a round, each on a fresh database in a fresh process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import floor, naive, product_record
from benchmarks.measured import Measured
from benchmarks.standin import running_standin

WARM_UP = 100
"""Touches before the measuring begins: the templates are compiled then, the statements cached."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender of a round."""

    name: str  # of benchmarks.contender
    touches: int


Round = dict[str, Measured]


def run_rounds(
    entries: list[Entry], rounds: int, *, said: Callable[[str], None]
) -> Iterator[Round]:
    """Measure every entry once a round; the order turns, so that no place in it is an advantage."""
    for number in range(rounds):
        turn = number % len(entries)
        measured: Round = {}
        for entry in entries[turn:] + entries[:turn]:
            said(f"round {number + 1} of {rounds}: {entry.name}, {entry.touches:,} touches")
            measured[entry.name] = run_once(entry)
        yield measured


def run_once(entry: Entry) -> Measured:
    with TemporaryDirectory(prefix="touchline-bench-") as folder:
        place = Path(folder) / "place"
        _prepare(entry, place)
        with running_standin(Path(folder) / "standin") as port:
            return _run(entry, place, port)


def _prepare(entry: Entry, place: Path) -> None:
    if entry.name in ("email", "sms"):
        product_record.prepare(place, touches=entry.touches, warm_up=WARM_UP)
    elif entry.name == "floor":
        floor.prepare(place, entry.touches + WARM_UP)
    else:
        naive.prepare(place, entry.touches + WARM_UP)


def _run(entry: Entry, place: Path, port: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.contender", entry.name, str(place)]
    sizes = ["--touches", str(entry.touches), "--warm-up", str(WARM_UP)]
    done = subprocess.run(
        [*command, "--port", str(port), *sizes], stdout=subprocess.PIPE, check=True
    )
    return Measured(**json.loads(done.stdout))
