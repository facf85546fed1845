"""Where the product's CPU goes: the phases of a tick, and the functions that cost most.

Two runs, both with the database work in the event loop's own thread: one that only times the
phases, and one under cProfile, whose own cost falls on everything that makes many calls.
"""

import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import product, product_record
from benchmarks.measured import Measured, measuring
from benchmarks.product_run import Run
from benchmarks.rounds import WARM_UP
from benchmarks.standin import running_standin
from contacts.delivery import send

FUNCTIONS = 40
# Phase, and where the name that is called stands. A phase after a space is part of the one above.
PHASES = (
    ("plan", "contacts.delivery.tick", "plan"),
    (" facts", "contacts.delivery.planning.page", "load_facts"),
    (" guards", "contacts.delivery.planning.page", "guards_for"),
    (" decide", "contacts.delivery.planning.decisions:Decisions", "add"),
    (" write", "contacts.delivery.planning.page", "_write"),
    ("claim", "contacts.delivery.transactions", "claim"),
    ("prepare", "contacts.delivery.transactions", "prepare"),
    (" touches", "contacts.delivery.prepare", "claimed_touches"),
    (" facts", "contacts.delivery.prepare", "load_facts"),
    ("render", "contacts.delivery.transactions", "draft"),
    ("gate", "contacts.delivery.transactions", "gate"),
    (" guards", "contacts.delivery.gate", "load_guards"),
    (" permit", "contacts.delivery.gate", "permit"),
    (" leave the queue", "contacts.delivery.gate", "leave"),
    (" attempts and words", "contacts.delivery.gate", "begin_attempts"),
    (" touches", "contacts.delivery.gate", "move_touches"),
    ("record", "contacts.delivery.transactions", "record_answers"),
    (" attempts", "contacts.delivery.answers", "accept_attempts"),
    ("reconcile", "contacts.delivery.settle", "reconcile"),
)


def print_profile(console: Console, touches: int) -> None:
    spent: dict[str, float] = {}
    measured = Measured(touches=touches)
    with _timed_phases(spent):
        _run(measured, measuring(measured), before=spent.clear)
    console.print(_phases(spent, measured))
    profile = cProfile.Profile()
    _run(Measured(touches=touches), profile)
    console.print(_functions(pstats.Stats(profile), touches))


def _run(
    measured: Measured,
    around: AbstractContextManager[object],
    before: Callable[[], None] = lambda: None,
) -> None:
    with TemporaryDirectory(prefix="touchline-bench-") as folder, _in_one_thread():
        place = Path(folder) / "place"
        product_record.prepare(place, None, touches=measured.touches, warm_up=WARM_UP)
        with running_standin(Path(folder) / "standin") as port:
            uvloop.run(_work_through(place, port, measured, _both(before, around)))


@contextmanager
def _both(before: Callable[[], None], around: AbstractContextManager[object]) -> Iterator[None]:
    before()
    with around:
        yield


async def _work_through(
    place: Path, port: int, measured: Measured, around: AbstractContextManager[object]
) -> None:
    await product.work_through(Run(place), port=port, measured=measured, around=around)


@contextmanager
def _in_one_thread() -> Iterator[None]:
    usual = vars(send)["ThreadPoolExecutor"]
    vars(send)["ThreadPoolExecutor"] = _Inline
    try:
        yield
    finally:
        vars(send)["ThreadPoolExecutor"] = usual


class _Inline(ThreadPoolExecutor):
    """Runs everything at once where it is asked for: a profile sees one thread only."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001  # the future carries whatever was raised
            done.set_exception(error)
        return done


@contextmanager
def _timed_phases(spent: dict[str, float]) -> Iterator[None]:
    """Every phase's function wrapped, for as long as this lasts."""
    places = [(resolve_name(place), name) for _, place, name in PHASES]
    originals = [getattr(module, name) for module, name in places]
    for (module, name), original, (_, *key) in zip(places, originals, PHASES, strict=True):
        setattr(module, name, _timed(original, ":".join(key), spent))
    try:
        yield
    finally:
        for (module, name), original in zip(places, originals, strict=True):
            setattr(module, name, original)


def _timed(work: Callable[..., Any], key: str, spent: dict[str, float]) -> Callable[..., Any]:
    @wraps(work)
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent[key] = spent.get(key, 0.0) + time.thread_time() - began

    return timed


def _phases(spent: dict[str, float], measured: Measured) -> Table:
    table = Table(title=f"Phases of {measured.touches:,} touches, in CPU time")
    table.add_column("")
    table.add_column("µs/touch", justify="right")
    table.add_column("share", justify="right")
    rest = measured.cpu_seconds
    for phase, *key in PHASES:
        seconds = spent.get(":".join(key), 0.0)
        rest -= 0 if phase.startswith(" ") else seconds
        _add(table, phase, seconds, measured)
    _add(table, "requests, commits, event loop", rest, measured)
    _add(table, "all", measured.cpu_seconds, measured)
    return table


def _add(table: Table, name: str, seconds: float, measured: Measured) -> None:
    share = seconds / measured.cpu_seconds
    table.add_row(name, f"{1e6 * seconds / measured.touches:,.0f}", f"{share:.0%}")


def _functions(stats: Any, touches: int) -> Table:
    table = Table(title="Functions by their own time, under cProfile")
    for heading in ("function", "calls/touch", "own µs/touch", "with callees"):
        table.add_column(heading, justify="left" if heading == "function" else "right")
    by_own_time = sorted(stats.stats.items(), key=lambda one: -one[1][2])
    for (path, line, function), (_, calls, own, cumulative, _) in by_own_time[:FUNCTIONS]:
        table.add_row(
            f"{'/'.join(Path(path).parts[-2:])}:{line} {function}",
            f"{calls / touches:.1f}",
            f"{1e6 * own / touches:.1f}",
            f"{1e6 * cumulative / touches:.1f}",
        )
    return table
