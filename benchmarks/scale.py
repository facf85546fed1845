"""What size costs: claiming, a pass with nothing due, planning, finding who is stale."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import uvloop
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from benchmarks.databases import Server
from benchmarks.people import NOW
from benchmarks.product_record import WORKSPACE
from benchmarks.report import Verdict
from benchmarks.scale_record import make_workspace_record, plan_everybody
from contacts.care.freshness import freshness
from contacts.care.named import named
from contacts.care.uncovered import first_uncovered
from contacts.delivery.planning.plan import plan
from contacts.delivery.tick import Tick
from contacts.record.engine import open_record, reading, writing
from contacts.record.touches.queue import claim, leave
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadence

DUE = 1000
SMALLEST = 10_000
REPEATS = 7
"""How often 1,000 of the smallest record's 9,500 touches can be claimed."""
IDLE_REPEATS = 25


@dataclass(frozen=True, slots=True)
class Sized:
    """What one size of record costs on one database, in milliseconds of time or CPU."""

    database: str
    customers: int
    idle: float  # CPU
    stale: float  # to find 1,000 of them
    named: float  # the same, and their names, owners and reasons
    proof: float
    nobody_new: float  # the planner with everybody enrolled
    claim: float = 0.0  # in turns with the other sizes


def by_customers(
    console: Console, server: Server, *, most: int
) -> tuple[list[Verdict], list[Sized]]:
    sizes = sorted({SMALLEST, max(SMALLEST, most // 10), most})
    measured = []
    with console.status("") as status:
        for database in ("sqlite", "postgresql"):
            with ExitStack() as opened:
                engines, costs = [], []
                for size in sizes:
                    status.update(f"{size:,} customers, {database}")
                    folder, settings, engine = opened.enter_context(place(database, server))
                    engines.append(engine)
                    costs.append(_sized(database, size, folder, settings, engine))
                    engine.dispose()  # what its connections cache, the next size may
                status.update(f"claiming from one size after another, {database}")
                for cost, claim_ms in zip(costs, _claim_ms(engines), strict=True):
                    measured.append(replace(cost, claim=claim_ms))
    console.print(_table(measured))
    return list(_verdicts(measured)), measured


def planning(console: Console, server: Server, *, customers: int) -> list[Verdict]:
    """The figure is for 1,000,000 customers, in proportion where there are fewer."""
    with (
        console.status(f"planning {customers:,} from nothing"),
        place("postgresql", server) as (folder, settings, engine),
    ):
        make_workspace_record(engine, settings, customers)
        loaded = load_cadence(folder / "cadences" / "spring.yaml")
        cpu = time.process_time()
        began = time.perf_counter()
        report = plan(engine, [loaded], settings=settings, now=NOW)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert report.of("spring").planned == customers, report
    console.print(
        f"Planning {customers:,} customers from nothing on PostgreSQL: {took:.1f} s, "
        f"{1000 * cpu / customers:.2f} ms of CPU each"
    )
    return [Verdict("planning", took * 1_000_000 / customers)]


def _sized(
    database: str, customers: int, folder: Path, settings: Settings, engine: Engine
) -> Sized:
    make_workspace_record(engine, settings, customers)
    plan_everybody(engine, folder, customers)
    loaded = load_cadence(folder / "cadences" / "spring.yaml")
    return Sized(
        database=database,
        customers=customers,
        stale=_median_ms(lambda: _find_stale(engine), REPEATS),
        named=_median_ms(lambda: _name_stale(engine), REPEATS),
        # These two read the whole table, so once says enough.
        proof=_ms(lambda: _prove(engine, settings)),
        nobody_new=_ms(lambda: plan(engine, [loaded], settings=settings, now=NOW)),
        idle=uvloop.run(_idle_ms(Tick(engine, settings, NOW))),
    )


@contextmanager
def place(database: str, server: Server) -> Iterator[tuple[Path, Settings, Engine]]:
    """A workspace with an empty record on this database."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(TemporaryDirectory(prefix="touchline-bench-"))) / "place"
        shutil.copytree(WORKSPACE, folder)
        on_server = database == "postgresql"
        given = {"database_url": opened.enter_context(server.database())} if on_server else {}
        settings = load_settings(folder, **given)
        settings.state.mkdir()
        engine = open_record(settings.url)
        try:
            yield folder, settings, engine
        finally:
            engine.dispose()


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    """The median time of so many calls, after one that nobody counts."""
    work()
    return median(_ms(work) for _ in range(repeats))


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _find_stale(engine: Engine) -> None:
    with reading(engine) as connection:
        assert first_uncovered(connection, now=NOW, limit=DUE)


def _name_stale(engine: Engine) -> None:
    with reading(engine) as connection:
        assert named(connection, first_uncovered(connection, now=NOW, limit=DUE), now=NOW)


def _prove(engine: Engine, settings: Settings) -> None:
    with reading(engine) as connection:
        freshness(connection, now=NOW, settings=settings, limit=DUE)


async def _idle_ms(one_pass: Tick) -> float:
    """CPU of a pass of sending that finds nothing: settle what is in doubt, look at the queue."""
    used = []
    for _ in range(IDLE_REPEATS):
        before = time.process_time()
        one_pass._settle()
        report = await one_pass.send()
        used.append(1000 * (time.process_time() - before))
        assert not report.cadences
    return median(used)


def _claim_ms(engines: list[Engine]) -> list[float]:
    """Of each record, the time to find, claim and commit 1,000 due.

    They then leave as they would by the gate. The records take turns: within minutes a disk comes
    to be a fifth faster or slower.
    """
    took: list[list[float]] = [[] for _ in engines]
    for number in range(REPEATS):
        now = NOW + timedelta(seconds=DUE * (number + 2))
        for engine, its_own in zip(engines, took, strict=True):
            began = time.perf_counter()
            with writing(engine) as connection:
                claims = claim(connection, now=now, limit=DUE, lease_seconds=60)
            its_own.append(1000 * (time.perf_counter() - began))
            assert len(claims) == DUE
            with writing(engine) as connection:
                leave(connection, claims)
    return [median(its_own) for its_own in took]


def _verdicts(measured: list[Sized]) -> Iterator[Verdict]:
    for database in ("sqlite", "postgresql"):
        least, *_, most = (one for one in measured if one.database == database)
        yield Verdict(f"claim {database}", most.claim / least.claim)
        yield Verdict(f"idle {database}", most.idle)
        yield Verdict(f"stale {database}", most.stale)


def _table(measured: list[Sized]) -> Table:
    table = Table(title="By the number of customers, medians in ms")
    table.add_column("")
    for heading in ("customers", "claim 1,000", "idle pass, CPU", "1,000 stale", "and named",
                    "the proof", "planner, nobody new"):  # fmt: skip
        table.add_column(heading, justify="right")
    for one in measured:
        figures = (one.claim, one.idle, one.stale, one.named, one.proof, one.nobody_new)
        table.add_row(one.database, f"{one.customers:,}", *(f"{ms:,.1f}" for ms in figures))
    return table
