"""What the numbers must be, in one table; the tables of what was measured, and what holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from rich.table import Table

from benchmarks.measured import Measured
from benchmarks.rounds import Entry, Round


class Bar(NamedTuple):
    """A promised number, and what is asked of this version already, where that is less."""

    promise: str
    limit: float
    now: float | None = None
    at_least: bool = True
    unit: str = ""


BARS = {
    "floor": Bar("e-mail on SQLite: touches per CPU second, of the raw floor's", 0.65, 0.45),
    "postgresql": Bar("e-mail on PostgreSQL: the same, of the floor's on PostgreSQL", 0.60),
    "sms": Bar("SMS on SQLite: the same, of its own floor's", 0.55),
    "naive": Bar("e-mail: times the naive loop's touches per CPU second", 12, 8, unit="x"),
    "rate": Bar("e-mail: times the naive loop's rate, the provider answering at once", 15,
                unit="x"),
    "latency": Bar("e-mail: times its rate, the provider answering in 100 ms", 100, unit="x"),
    "latency workers": Bar("the same with two workers, each with a batch of its own", 100,
                           unit="x"),
    "batch": Bar("a batch of 50: of the rate of one of 500", 0.9),
    "commits": Bar("commits for 1,000 touches", 45, at_least=False),
    "peak": Bar("peak memory", 130, 150, at_least=False, unit="MB"),
    "peak most": Bar("peak memory with the most due", 130, 150, at_least=False, unit="MB"),
    "flat": Bar("peak memory with the most due, of that with 2,000", 1.1, at_least=False),
    "claim sqlite": Bar("claiming 1,000 due with the most customers, of that with 10,000; SQLite",
                        1.2, at_least=False),
    "claim postgresql": Bar("claiming 1,000 due, the same on PostgreSQL", 1.2, at_least=False),
    "idle sqlite": Bar("a pass with nothing due, SQLite: CPU of our own", 2, at_least=False,
                       unit="ms"),
    "idle postgresql": Bar("a pass with nothing due, PostgreSQL: CPU of our own", 2,
                           at_least=False, unit="ms"),
    "planning": Bar("planning 1,000,000 customers from nothing, PostgreSQL", 120, at_least=False,
                    unit="s"),
    "sweep": Bar("a night's sweep of 1,000,000 customers and its proof, PostgreSQL", 10,
                 at_least=False, unit="s"),
    "stale sqlite": Bar("finding the first 1,000 stale of the most, SQLite", 5, at_least=False,
                        unit="ms"),
    "stale postgresql": Bar("finding the first 1,000 stale of the most, PostgreSQL", 5,
                            at_least=False, unit="ms"),
    "listening sqlite": Bar("a webhook's answer in 99 of 100, 200 events/s while sending; SQLite",
                            500, at_least=False, unit="ms"),
    "listening postgresql": Bar("a webhook's answer, the same on PostgreSQL", 500, at_least=False,
                                unit="ms"),
    "board sqlite": Bar("the slowest page of the board with 100,000 customers in 95 of 100; SQLite",
                        200, at_least=False, unit="ms"),
    "board postgresql": Bar("the slowest page of the board, the same on PostgreSQL", 200, 300,
                            at_least=False, unit="ms"),
    "orders rebuild": Bar("looking at 10,000,000 orders of 1,000,000 accounts for the first time",
                          300, at_least=False, unit="s"),
    "orders night": Bar("a night's look at them", 60, at_least=False, unit="s"),
    "orders pairs": Bar("counting what is bought together in them", 30, at_least=False, unit="s"),
    "orders peak": Bar("peak memory of all that", 3, at_least=False, unit="GiB"),
    "prefect": Bar("Prefect's share of the CPU of a send run", 0.10, at_least=False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar, and what was measured."""

    name: str
    measured: float

    @property
    def bar(self) -> Bar:
        return BARS[self.name]

    @property
    def holds(self) -> bool:
        return self._is_within(self.bar.limit)

    @property
    def holds_now(self) -> bool:
        return self.bar.now is None or self._is_within(self.bar.now)

    def _is_within(self, limit: float) -> bool:
        return self.measured >= limit if self.bar.at_least else self.measured <= limit


_HEADINGS = (
    "\ntouches/s", "CPU\nms/touch", "\nof floor", "\nof its own", "\nx naive", "peak\nMB",
    "commits\n/1,000", "start\nCPU s",
)  # fmt: skip


def against(
    rounds: Sequence[Round],
    name: str,
    rival: str,
    of: Callable[[Measured], float] = lambda run: run.per_cpu_second,
) -> float:
    """How many times the rival's figure `name` has; median of the rounds."""
    return median(of(one[name]) / of(one[rival]) for one in rounds)


def rate(run: Measured) -> float:
    return run.per_second


def comparison(entries: Sequence[Entry], rounds: Sequence[Round]) -> Table:
    table = Table(title=f"Medians of {len(rounds)} interleaved rounds")
    table.add_column("", min_width=25)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right", min_width=max(map(len, heading.split("\n"))))
    for entry in entries:
        runs = [one[entry.name] for one in rounds]
        own = floor_of(entry)
        table.add_row(
            f"{entry.name} ({entry.touches:,})",
            f"{median(run.per_second for run in runs):,.0f}",
            f"{median(run.cpu_ms_per_touch for run in runs):.2f}",
            f"{against(rounds, entry.name, 'raw floor'):.2f}",
            f"{against(rounds, entry.name, own):.2f}" if own in rounds[0] else "",
            f"{against(rounds, entry.name, 'naive loop'):.1f}",
            f"{median(run.peak_megabytes for run in runs):.0f}",
            f"{median(run.commits_per_1000 for run in runs):,.0f}",
            f"{median(run.start_cpu_seconds for run in runs):.1f}",
        )
    return table


def floor_of(entry: Entry) -> str:
    """The name of the floor that does the same by the same channel and database."""
    if entry.channel == "sms":
        return "raw floor, SMS"
    return "raw floor, PostgreSQL" if entry.postgresql else "raw floor"


def enrolling(rounds: Sequence[Round], name: str) -> str:
    runs = [one[name] for one in rounds]
    each = median(1000 * run.enrol_cpu_seconds / run.touches for run in runs)
    return f"Enrolling a customer, once for a cadence and not in the table: {each:.2f} ms of CPU"


def by_size(runs: Sequence[Measured]) -> Table:
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


def verdicts_table(verdicts: Iterable[Verdict]) -> Table:
    table = Table(title="The bars")
    table.add_column("")
    for heading in ("bar", "asked now", "measured"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for one in verdicts:
        bar = one.bar
        sign = "≥" if bar.at_least else "≤"
        table.add_row(
            bar.promise,
            f"{sign} {_figure(bar.limit, bar.unit)}",
            "" if bar.now is None else f"{sign} {_figure(bar.now, bar.unit)}",
            _figure(one.measured, bar.unit),
            "held" if one.holds else "MISSED",
        )
    return table


def _figure(number: float, unit: str) -> str:
    said = f"{round(number, 1):,g}" if number >= 100 else f"{number:.3g}"
    return f"{said} {unit}".strip()
