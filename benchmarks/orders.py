"""Watching orders: how well it tells late and changed accounts, on logs of real orders."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.order_sets import alarms, changes, evaluated, scores, there

_CASES = ("cdnow", "uci", "scms")
_STREAMS = ("cdnow", "uci")
_CALIBRATION = {"max": 0.06}
_BARRED = ("cdnow", "uci")  # the third is too small for a bar


def quality(console: Console, folder: Path) -> bool:
    """Print what is reached on every log beside its bar; whether all bars are held."""
    there(folder)
    table = Table(title="Watching orders: what it tells")
    for heading in ("log", "figure"):
        table.add_column(heading, no_wrap=True)
    for heading in ("bar", "reached"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    held = True
    with TemporaryDirectory(prefix="touchline-bench-") as scratch, console.status("orders"):
        for case, found in _found(folder, Path(scratch)):
            for name, bar in _bars(case, found):
                held &= _row(table, case, name, found[name], bar)
    console.print(table)
    return held


def _found(folder: Path, scratch: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    for case in _CASES:
        yield case, evaluated(folder, "score", case, scores(folder, case), scratch)
        if case in _STREAMS:
            yield case, evaluated(folder, "alarms", case, alarms(folder, case), scratch)
        yield case, evaluated(folder, "change", case, changes(folder, case), scratch)


_FIGURES = (
    "answered", "auc", "auc_live", "precision_top10pct", "calibration_error",
    "false_alarms_per_completed_gap", "false_alarm_spread", "median_delay_own_intervals",
    "auc_slower", "auc_faster", "auc_smaller", "auc_bigger",
)  # fmt: skip


def _bars(case: str, found: dict[str, Any]) -> Iterable[tuple[str, dict[str, float]]]:
    """The figures that this part has, each with its bar; empty where nothing is asked."""
    asked = found.get("bars", {})
    for name in _FIGURES:
        if name not in found:
            continue
        bar = asked.get(name, {})
        if name == "calibration_error" and case in _BARRED:
            bar = _CALIBRATION
        yield name, bar if case in _BARRED else {}


def _row(table: Table, case: str, name: str, value: float, bar: dict[str, float]) -> bool:
    """Add a figure; whether it holds its bar."""
    held, asked = True, ""
    if "min" in bar:
        held, asked = value >= bar["min"], f"≥ {bar['min']:g}"
    if "max" in bar:
        held, asked = value <= bar["max"], f"≤ {bar['max']:g}"
    said = ("held" if held else "MISSED") if asked else ""
    table.add_row(case, name.replace("_", " "), asked, f"{value:.3f}", said)
    return held
