"""Logs of real orders beside the repository, and what our watching says of them.

The folder has `input/` (orders up to a day) and `truth/` (what became of the accounts),
`bars.json`, and `evaluate.py`, which scores what we write.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from contacts.care.orders.events import Rows, events_of, turnover_of
from contacts.care.orders.lateness import (
    LEAST_GAPS,
    gaps_of,
    late_tail,
    lateness,
    learn,
    posterior,
    silent_days,
)
from contacts.care.orders.shifts import shifts
from contacts.care.orders.standing import LATE
from contacts.care.orders.sums import Sums, fold, no_orders

VARIABLE = "TOUCHLINE_ORDERS"
_BESIDE = Path(__file__).parents[2] / "shared" / "orders"
FOLDER = Path(os.environ.get(VARIABLE, _BESIDE))
ABSENT = (
    "the logs of orders are absent: {} has no input/ and truth/; name their folder with --data, "
    f"or with {VARIABLE}"
)
_SHIFTS_FROM = 3  # gaps; the sets of shifts ask of every account, however short it is


class NoOrders(Exception):
    """The folder with the logs is not there."""


@dataclass(frozen=True, slots=True)
class Log:
    """The orders of one file."""

    customers: list[str]
    rows: Rows

    def until(self, day: int) -> Sums:
        """What is kept of the orders up to this ordinal, that day included."""
        known = self.rows.day <= day
        account, at, amount, is_main = self.rows
        rows = Rows(account[known], at[known], amount[known], is_main[known])
        sums = no_orders(len(self.customers))
        fold(sums, events_of(rows), turnover_of(rows, len(self.customers)))
        return sums


def there(folder: Path) -> Path:
    """The folder, if the logs are in it."""
    if not (folder / "input").is_dir() or not (folder / "truth").is_dir():
        raise NoOrders(ABSENT.format(folder))
    return folder


def log_of(path: Path) -> Log:
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    customers = sorted({line["customer_id"] for line in lines})
    places = {customer: place for place, customer in enumerate(customers)}
    rows = Rows(
        np.array([places[line["customer_id"]] for line in lines]),
        np.array([date.fromisoformat(line["order_date"]).toordinal() for line in lines]),
        np.array([float(line["amount"]) for line in lines]),
        np.full(len(lines), True),
    )
    return Log(customers, rows)


def scores(folder: Path, case: str) -> Iterator[tuple[str, float]]:
    """Each account's chance to stay silent, as of the case's day."""
    log = log_of(folder / "input" / f"{case}.score.csv")
    as_of = date.fromisoformat(
        (folder / "input" / f"{case}.asof").read_text(encoding="utf-8").strip()
    ).toordinal()
    sums = log.until(as_of)
    silent = lateness(sums, learn(sums, as_of), as_of).silent
    yield from zip(log.customers, silent.tolist(), strict=True)


def alarms(folder: Path, case: str) -> Iterator[tuple[str, str]]:
    """Each account that is newly late, by day, once for each of its gaps."""
    log = log_of(folder / "input" / f"{case}.stream.csv")
    told: set[tuple[int, int]] = set()
    days = (folder / "input" / f"{case}.stream_dates").read_text(encoding="utf-8").split()
    for day in days:
        at = date.fromisoformat(day).toordinal()
        sums = log.until(at)
        expected = posterior(gaps_of(sums), learn(sums, at).gaps)
        late = late_tail(expected, silent_days(sums, at)) < LATE
        for place in np.flatnonzero(late & (sums.gaps >= LEAST_GAPS)).tolist():
            gap = (place, int(sums.last_on[place]))
            if gap not in told:
                told.add(gap)
                yield log.customers[place], day


def changes(folder: Path, case: str) -> Iterator[tuple[str, float, float]]:
    """How much longer each account's last gaps are than before, and how much bigger its orders."""
    log = log_of(folder / "input" / f"{case}.change.csv")
    end = int(log.rows.day.max())
    sums = log.until(end)
    seen = shifts(sums, learn(sums, end), least_gaps=_SHIFTS_FROM)
    pace, amount = np.nan_to_num(seen.pace), np.nan_to_num(seen.amount)
    yield from zip(log.customers, pace.tolist(), amount.tolist(), strict=True)


def evaluated(
    folder: Path, what: str, case: str, rows: Iterable[Sequence[Any]], scratch: Path
) -> dict[str, Any]:
    """What the folder's own evaluate.py says of these rows."""
    columns = {
        "score": ("customer_id", "score"),
        "alarms": ("customer_id", "alarm_date"),
        "change": ("customer_id", "gap_score", "amount_score"),
    }[what]
    path = scratch / f"{case}.{what}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    asked = [sys.executable, str(folder / "evaluate.py"), what, case, str(path), "--json"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    found: dict[str, Any] = json.loads(said.stdout)
    return found
