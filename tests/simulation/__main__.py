"""`python -m tests.simulation`: many lives with a progress bar, or one of them with its trace."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from tests.simulation.chaos import Lived, live
from tests.simulation.record import Record
from tests.simulation.town import Office, office

CHUNK = 25
SHOWN = 3
"""Failures that are printed in full; the others by their seed."""


def main(arguments: list[str] | None = None) -> int:
    wish = _parser().parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    if wish.seed is not None:
        return _one(wish.seed, console)
    return _many(wish.first, wish.seeds, wish.processes, console)


@contextmanager
def stage() -> Iterator[tuple[Record, Office]]:
    """A record and an office in a folder of their own."""
    with tempfile.TemporaryDirectory(prefix="touchline-simulation-") as name:
        folder = Path(name)
        record = Record(folder / "record.db")
        try:
            yield record, office(folder)
        finally:
            record.close()


def _one(seed: int, console: Console) -> int:
    with stage() as (record, shared):
        lived = live(seed, record, shared)
    for line in lived.trace:
        console.print(line, markup=False)
    console.print(f"seed {seed}: {lived.broken or 'every promise holds'}", markup=False)
    return 1 if lived.broken else 0


def _many(first: int, seeds: int, processes: int, console: Console) -> int:
    began = time.monotonic()
    broken: list[Lived] = []
    messages = steps = 0
    bar = Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar, ProcessPoolExecutor(processes) as pool:
        task = bar.add_task("lives", total=seeds)
        ranges = [
            range(start, min(start + CHUNK, first + seeds))
            for start in range(first, first + seeds, CHUNK)
        ]
        for chunk in as_completed([pool.submit(_chunk, some) for some in ranges]):
            for lived in chunk.result():
                messages, steps = messages + lived.accepted, steps + lived.steps
                broken += [lived] if lived.broken else []
                bar.advance(task)
    for lived in sorted(broken, key=lambda one: one.seed)[:SHOWN]:
        console.print("\n".join(lived.trace[-60:]), markup=False)
        console.print(f"seed {lived.seed}: {lived.broken}", markup=False)
        console.print(f"  again: python -m tests.simulation --seed {lived.seed}", markup=False)
    if broken:
        console.print(f"broken by seeds {sorted(one.seed for one in broken)}", markup=False)
    console.print(
        f"{seeds} lives from seed {first}, {steps} steps, {messages} messages accepted, "
        f"{len(broken)} broken; {time.monotonic() - began:.0f} s",
        markup=False,
    )
    return 1 if broken else 0


def _chunk(seeds: range) -> list[Lived]:
    with stage() as (record, shared):
        return [live(seed, record, shared) for seed in seeds]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Lives simulated worlds and holds P1 to P6 of docs/promise.md against them.",
    )
    parser.add_argument("--seed", type=int, help="live this one alone, and print its trace")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--seeds", type=int, default=300, help="how many (default: 300)")
    parser.add_argument("--processes", type=int, default=2, help="at once (default: 2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
