"""Where the product's CPU goes: the phases of a tick, and the functions that cost most."""

import asyncio
import cProfile
import pstats
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import product, product_record
from benchmarks.measured import Measured
from benchmarks.rounds import WARM_UP
from benchmarks.standin import running_standin

FUNCTIONS = 30
# Phase: the functions whose whole time it is, as "the file's name, the function's name".
PHASES: dict[str, tuple[tuple[str, str], ...]] = {
    "plan": (("plan.py", "plan"),),
    "claim": (("send.py", "_claim"),),
    "prepare: read touches and facts": (("prepare.py", "prepare"),),
    "render": (("gate.py", "draft"),),
    "gate: read the guards, judge": (("gate.py", "_verdicts"),),
    "gate: leave the queue": (("queue.py", "leave"),),
    "gate: write attempts and words": (("attempts.py", "begin_attempts"),),
    "gate: as a whole": (("gate.py", "gate"),),
    "post": (("send.py", "_post"),),
    "record": (("answers.py", "record_answers"),),
    "reconcile": (("reconcile.py", "reconcile"),),
    "commits": (("engine/base.py", "_commit_impl"),),
}


def print_profile(console: Console, touches: int) -> None:
    """Profile one tick, with its database work in the event loop's own thread."""
    profile = cProfile.Profile(time.thread_time)
    with TemporaryDirectory(prefix="touchline-bench-") as folder:
        place = Path(folder) / "place"
        product_record.prepare(place, touches=touches, warm_up=WARM_UP)
        with running_standin(Path(folder) / "standin") as port:
            uvloop.run(_profiled(place, port, touches, profile))
    stats = pstats.Stats(profile)
    console.print(_phases(stats, touches))
    console.print(_functions(stats, touches))


async def _profiled(place: Path, port: int, touches: int, profile: cProfile.Profile) -> None:
    asyncio.get_running_loop().set_default_executor(_Inline())
    cadence = product.CADENCES["email"]
    measured = Measured(touches=touches)
    await product.work_through(place, cadence, port=port, measured=measured, around=profile)


class _Inline(ThreadPoolExecutor):
    """Runs everything at once where it is asked for: a profile sees one thread only."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  # the future carries whatever was raised
            done.set_exception(error)
        return done


def _phases(stats: Any, touches: int) -> Table:
    table = Table(title="Phases, under the profiler (it adds to every call)")
    table.add_column("")
    table.add_column("µs/touch", justify="right")
    table.add_column("share", justify="right")
    for phase, names in PHASES.items():
        seconds = sum(
            cumulative
            for (path, _, function), (_, _, _, cumulative, _) in stats.stats.items()
            if any(path.endswith(file) and function == name for file, name in names)
        )
        share = seconds / stats.total_tt
        table.add_row(phase, f"{1e6 * seconds / touches:,.0f}", f"{share:.0%}")
    table.add_row("all", f"{1e6 * stats.total_tt / touches:,.0f}", "100%")
    return table


def _functions(stats: Any, touches: int) -> Table:
    table = Table(title="Functions by their own time")
    for heading in ("function", "calls/touch", "own µs/touch", "with callees"):
        table.add_column(heading, justify="left" if heading == "function" else "right")
    by_own_time = sorted(stats.stats.items(), key=lambda one: -one[1][2])
    for (path, line, function), (_, calls, own, cumulative, _) in by_own_time[:FUNCTIONS]:
        table.add_row(
            f"{'/'.join(Path(path).parts[-3:])}:{line} {function}",
            f"{calls / touches:.1f}",
            f"{1e6 * own / touches:.1f}",
            f"{1e6 * cumulative / touches:.1f}",
        )
    return table
