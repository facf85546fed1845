"""What a touch costs: beside the floors and the naive loop, in small batches, with many due."""

from statistics import median

from rich.console import Console

from benchmarks.databases import Server
from benchmarks.measured import Measured
from benchmarks.report import Verdict, against, by_size, comparison, enrolling, rate
from benchmarks.rounds import Entry, run_once, run_rounds

LATENCY = 0.1
SMALL, LARGE = 50, 500
SIZES = (500, 2000, 8000)
NAIVE_WHEN_SLOW = 40
"""Touches of the naive loop where each waits for the provider; more would say the same."""


def beside_the_rivals(
    console: Console,
    server: Server | None,
    *,
    rounds: int,
    touches: int,
    naive_touches: int,
) -> list[Verdict]:
    entries = [
        Entry("e-mail", "product", touches),
        Entry("raw floor", "floor", touches),
        Entry("naive loop", "naive", naive_touches),
        Entry("SMS", "product", touches, channel="sms"),
        Entry("raw floor, SMS", "floor", touches, channel="sms"),
    ]
    if server is not None:
        entries += [
            Entry("e-mail, PostgreSQL", "product", touches, postgresql=True),
            Entry("raw floor, PostgreSQL", "floor", touches, postgresql=True),
        ]
    with console.status("measuring") as status:
        measured = list(run_rounds(entries, rounds, server=server, said=status.update))
    console.print(comparison(entries, measured))
    console.print(enrolling(measured, "e-mail"))
    verdicts = [
        Verdict("floor", against(measured, "e-mail", "raw floor")),
        Verdict("sms", against(measured, "SMS", "raw floor, SMS")),
        Verdict("naive", against(measured, "e-mail", "naive loop")),
        Verdict("rate", against(measured, "e-mail", "naive loop", rate)),
        Verdict("commits", median(one["e-mail"].commits_per_1000 for one in measured)),
        Verdict("peak", max(one["e-mail"].peak_megabytes for one in measured)),
    ]
    if server is not None:
        share = against(measured, "e-mail, PostgreSQL", "raw floor, PostgreSQL")
        verdicts.insert(1, Verdict("postgresql", share))
    return verdicts


def with_a_slow_provider(console: Console, *, rounds: int, touches: int) -> list[Verdict]:
    entries = [
        Entry("one worker", "product", touches, latency=LATENCY),
        Entry("two workers", "product", touches, latency=LATENCY, workers=2),
        Entry("naive loop", "naive", NAIVE_WHEN_SLOW, latency=LATENCY),
    ]
    with console.status("measuring a slow provider") as status:
        measured = list(run_rounds(entries, rounds, server=None, said=status.update))
    for entry in entries:
        per_second = median(one[entry.name].per_second for one in measured)
        console.print(
            f"The provider answering in 100 ms, {entry.name}: {per_second:,.1f} touches/s"
        )
    return [
        Verdict("latency", against(measured, "one worker", "naive loop", rate)),
        Verdict("latency workers", against(measured, "two workers", "naive loop", rate)),
    ]


def in_small_batches(console: Console, *, rounds: int, touches: int) -> list[Verdict]:
    entries = [
        Entry(f"batches of {size}", "product", touches, batch_size=size) for size in (SMALL, LARGE)
    ]
    with console.status("measuring batches") as status:
        measured = list(run_rounds(entries, rounds, server=None, said=status.update))
    for entry in entries:
        per_second = median(one[entry.name].per_second for one in measured)
        cpu = median(one[entry.name].cpu_ms_per_touch for one in measured)
        console.print(f"In {entry.name}: {per_second:,.0f} touches/s, {cpu:.2f} ms of CPU each")
    small, large = (entry.name for entry in entries)
    return [Verdict("batch", against(measured, small, large, rate))]


def with_many_due(console: Console, *, most: int) -> tuple[list[Verdict], list[Measured]]:
    """The runs are in the order of their sizes; the last has `most` due."""
    runs = []
    with console.status("measuring") as status:
        for size in sorted({*SIZES, most}):
            status.update(f"{size:,} due")
            runs.append(run_once(Entry("e-mail", "product", size)))
    console.print(by_size(runs))
    peak = {run.touches: run.peak_megabytes for run in runs}
    verdicts = [Verdict("peak most", peak[most]), Verdict("flat", peak[most] / peak[2000])]
    return verdicts, runs
