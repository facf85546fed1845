"""What the orders of a large book cost: watching all of them for the first time, and a night of it.

The looks are made in a process of their own, so that its peak of memory is theirs.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console
from sqlalchemy import Engine

from benchmarks.databases import running_postgresql
from benchmarks.measured import peak_megabytes
from benchmarks.people import NOW
from benchmarks.product_record import WORKSPACE
from benchmarks.report import Verdict
from benchmarks.scale_record import make_workspace_record, settle
from contacts.cadences.signals import SignalKind
from contacts.care.next_step import learn_pairs
from contacts.care.orders.watch import OrderWatch, watch_orders
from contacts.record.base import instant_as_text
from contacts.record.engine import open_record, writing
from contacts.settings import load_settings

_ORDERS_EACH = 10
_ITEMS = 1_000
_TEXTS = 99_991  # a prime, so that they do not go with the customers
_CHUNK = 20_000  # customers whose orders are made together
_A_NIGHT = 0.003
"""Of all orders, those of one day: ten orders in some eleven months."""
_GIBIBYTE = 1024  # megabytes


@dataclass(frozen=True, slots=True)
class Looks:
    """Two looks: at everything for the first time, and at a day later."""

    first: OrderWatch
    first_seconds: float
    night: OrderWatch
    night_seconds: float
    pairs: int
    """Items that are bought together, which a night counts as well."""
    pairs_seconds: float
    peak_megabytes: float


def order_speed(console: Console, *, customers: int, on_postgresql: bool) -> list[Verdict]:
    with _database(on_postgresql) as url:
        with console.status(f"a record of {customers * _ORDERS_EACH:,} orders"):
            _make(url, customers)
        with (
            console.status("two looks at them"),
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
        ):
            looks = process.submit(_look_twice, url, customers).result()
    console.print(_said(looks))
    return [
        Verdict("orders rebuild", looks.first_seconds),
        Verdict("orders night", looks.night_seconds),
        Verdict("orders pairs", looks.pairs_seconds),
        Verdict("orders peak", looks.peak_megabytes / _GIBIBYTE),
    ]


@contextmanager
def _database(on_postgresql: bool) -> Iterator[str]:
    if on_postgresql:
        with running_postgresql() as server, server.database() as url:
            yield url
        return
    with TemporaryDirectory(prefix="touchline-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'record.db'}"


def _said(looks: Looks) -> str:
    first, night = looks.first, looks.night
    return (
        f"{first.accounts:,} accounts, {first.orders:,} orders: summed up, looked at and "
        f"{first.raised.total():,} signals raised in {looks.first_seconds:.0f} s. A night later "
        f"{night.orders:,} new orders, {night.raised.total():,} signals raised and "
        f"{night.cleared:,} cleared in {looks.night_seconds:.0f} s; {looks.pairs:,} pairs of items "
        f"found to be bought together in {looks.pairs_seconds:.1f} s. Peak memory "
        f"{looks.peak_megabytes:,.0f} MB."
    )


def _look_twice(url: str, customers: int) -> Looks:
    settings = load_settings(WORKSPACE, database_url=url)
    engine = open_record(url)
    kinds = frozenset(SignalKind)  # so that what is raised is left to cadences, as it would be

    def look(now: datetime) -> tuple[OrderWatch, float]:
        began = time.perf_counter()
        found = watch_orders(engine, settings, now=now, taken_kinds=kinds)
        return found, time.perf_counter() - began

    first, first_seconds = look(NOW)
    _store(engine, _new_orders(customers))
    night, night_seconds = look(NOW + timedelta(hours=11))
    began = time.perf_counter()
    pairs = learn_pairs(engine, now=NOW)
    pairs_seconds = time.perf_counter() - began
    engine.dispose()
    peak = peak_megabytes()
    return Looks(first, first_seconds, night, night_seconds, pairs, pairs_seconds, peak)


def _make(url: str, customers: int) -> None:
    engine = open_record(url)
    settings = load_settings(WORKSPACE, database_url=url)
    make_workspace_record(engine, settings, customers)
    random = np.random.default_rng(1)
    for start in range(1, customers + 1, _CHUNK):
        count = min(_CHUNK, customers + 1 - start)
        _store(engine, _orders(random, start, count))
    settle(engine)
    engine.dispose()


def _orders(random: np.random.Generator, start: int, count: int) -> Iterator[tuple[Any, ...]]:
    """Each with a rhythm of its own, from a week to a quarter; one in ten is gone."""
    usual = np.exp(random.uniform(np.log(7), np.log(90), (count, 1)))
    spread = random.uniform(0.1, 0.6, (count, 1))
    gaps = np.maximum(1, usual * np.exp(spread * random.standard_normal((count, _ORDERS_EACH))))
    gone = np.where(random.random((count, 1)) < 0.1, 5 * usual, 0)
    ago = np.cumsum(gaps, axis=1) - gaps[:, :1] * random.random((count, 1)) + gone
    amounts = np.round(100 * np.exp(0.4 * random.standard_normal(ago.shape)), 2)
    rows = zip(ago.astype(int).tolist(), amounts.tolist(), strict=True)
    for customer, (days, money) in enumerate(rows, start):
        for number, (back, amount) in enumerate(zip(days, money, strict=True)):
            yield f"{customer}-{number}", customer, _DAYS_AGO[back], amount


def _new_orders(customers: int) -> Iterator[tuple[Any, ...]]:
    new = int(customers * _ORDERS_EACH * _A_NIGHT)
    random = np.random.default_rng(2)
    for customer in random.choice(customers, min(new, customers), replace=False).tolist():
        yield f"{customer + 1}-new", customer + 1, _DAYS_AGO[0], 120.0


def _store(engine: Engine, rows: Iterator[tuple[Any, ...]]) -> None:
    with writing(engine) as connection:
        raw: Any = connection.connection.driver_connection
        whole = ((*row, "EUR", items) for row, items in zip(rows, _items(), strict=False))
        if engine.dialect.name == "sqlite":
            raw.executemany(_INSERT, whole)
            return
        with raw.cursor().copy(_COPY) as copy:
            for row in whole:
                copy.write_row(row)


def _items() -> Iterator[str]:
    """Two of a thousand items, some bought far more often than others."""
    chances = 1 / np.arange(1, _ITEMS + 1)
    random = np.random.default_rng(3)
    chosen = random.choice(_ITEMS, (_TEXTS, 2), p=chances / chances.sum())
    texts = [f"{2 + one % 7} kg Roast {one}, filters {other}" for one, other in chosen.tolist()]
    return cycle(texts)


_INSERT = (
    "INSERT INTO orders (order_id, customer_id, ordered_at, amount, currency, items) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_COPY = "COPY orders (order_id, customer_id, ordered_at, amount, currency, items) FROM STDIN"
_DAYS_AGO = [instant_as_text(NOW - timedelta(days=days, hours=5)) for days in range(6000)]
