"""The tables, and whether the bars were held."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.table import Table

from benchmarks.measured import Measured
from benchmarks.rounds import Round

TITLES = {
    "email": "Touchline, e-mail",
    "floor": "raw floor",
    "naive": "naive loop",
    "sms": "Touchline, SMS",
}
_HEADINGS = (
    "\ntouches/s", "CPU\nms/touch", "\nof floor", "\nx naive", "peak\nMB", "commits\n/1,000",
    "start\nCPU s",
)  # fmt: skip
LEAST_OF_FLOOR = 0.45
LEAST_TIMES_NAIVE = 8.0
MOST_MEGABYTES = 150.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One number that was promised, and what was measured."""

    promise: str
    measured: float
    held: bool


def against(rounds: Sequence[Round], name: str, rival: str) -> float:
    """How many times the rival's touches `name` makes of the same CPU; median of the rounds."""
    return median(one[name].per_cpu_second / one[rival].per_cpu_second for one in rounds)


def bars(rounds: Sequence[Round]) -> list[Bar]:
    floor = against(rounds, "email", "floor")
    naive = against(rounds, "email", "naive")
    peak = max(one["email"].peak_megabytes for one in rounds)
    return [
        Bar(f"at least {LEAST_OF_FLOOR} of the floor", floor, floor >= LEAST_OF_FLOOR),
        Bar(f"at least {LEAST_TIMES_NAIVE} x the naive loop", naive, naive >= LEAST_TIMES_NAIVE),
        Bar(f"peak memory at most {MOST_MEGABYTES:.0f} MB", peak, peak <= MOST_MEGABYTES),
    ]


def comparison(rounds: Sequence[Round]) -> Table:
    table = Table(title=f"Medians of {len(rounds)} interleaved rounds")
    table.add_column("", min_width=25)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", min_width=max(map(len, heading.split("\n"))))
    for name in rounds[0]:
        runs = [one[name] for one in rounds]
        table.add_row(
            f"{TITLES[name]} ({runs[0].touches:,})",
            f"{median(run.per_second for run in runs):,.0f}",
            f"{median(run.cpu_ms_per_touch for run in runs):.2f}",
            f"{against(rounds, name, 'floor'):.2f}",
            f"{against(rounds, name, 'naive'):.1f}",
            f"{median(run.peak_megabytes for run in runs):.0f}",
            f"{median(run.commits_per_1000 for run in runs):,.0f}",
            f"{median(run.start_cpu_seconds for run in runs):.1f}",
        )
    return table


def enrolling(rounds: Sequence[Round]) -> str:
    runs = [one["email"] for one in rounds]
    each = median(1000 * run.enrol_cpu_seconds / run.touches for run in runs)
    return f"Enrolling a customer, once for a cadence and not in the table: {each:.2f} ms of CPU"


def scaling(runs: Sequence[Measured]) -> Table:
    table = Table(title="Touchline by the number of touches that are due")
    for heading in ("due", "touches/s", "CPU ms/touch", "peak MB", "commits/1,000"):
        table.add_column(heading, justify="right")
    for run in runs:
        table.add_row(
            f"{run.touches:,}",
            f"{run.per_second:,.0f}",
            f"{run.cpu_ms_per_touch:.2f}",
            f"{run.peak_megabytes:.0f}",
            f"{run.commits_per_1000:,.0f}",
        )
    return table
