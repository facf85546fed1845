"""`python -m benchmarks`: measures, prints, and exits 1 where a promised number is missed."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.profiling import print_profile
from benchmarks.report import bars, comparison, enrolling, scaling
from benchmarks.rounds import Entry, run_once, run_rounds

SIZES = (500, 2000, 8000)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds.")] = 5,
    touches: Annotated[int, typer.Option(min=100, help="Of the product and the floor.")] = 5000,
    naive_touches: Annotated[int, typer.Option(min=10, help="Of the naive loop.")] = 200,
    scale: Annotated[bool, typer.Option(help="Also measure 500, 2,000 and 8,000 due.")] = True,
    profile: Annotated[bool, typer.Option(help="Print where the product's CPU goes.")] = False,
) -> None:
    """Touches per second of CPU, from plan to record, beside a raw floor and a naive loop."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    if profile:
        print_profile(console, touches)
        return
    entries = [
        Entry("email", touches),
        Entry("floor", touches),
        Entry("naive", naive_touches),
        Entry("sms", touches),
    ]
    with console.status("measuring") as status:
        measured = list(run_rounds(entries, rounds, said=status.update))
    console.print(comparison(measured))
    console.print(enrolling(measured))
    if scale:
        with console.status("measuring by size"):
            sizes = [run_once(Entry("email", size)) for size in SIZES]
        console.print(scaling(sizes))
    missed = False
    for bar in bars(measured):
        console.print(f"{'held' if bar.held else 'MISSED'}: {bar.promise}: {bar.measured:.2f}")
        missed = missed or not bar.held
    if missed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
