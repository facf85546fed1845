"""`python -m benchmarks`: measures, prints, and exits 1 where a promised number is missed."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import touches as measure
from benchmarks.databases import running_postgresql
from benchmarks.measured import Measured
from benchmarks.report import Verdict, verdicts_table
from benchmarks.scale import by_customers, planning
from benchmarks.sweeping import sweeping

app = typer.Typer(add_completion=False)

Rounds = Annotated[int, typer.Option(min=1, help="Interleaved rounds.")]
Touches = Annotated[int, typer.Option(min=100, help="Of the product and the floors.")]
NaiveTouches = Annotated[int, typer.Option(min=10, help="Of the naive loop.")]
Most = Annotated[int, typer.Option(min=2000, help="The most that are due at once.")]
Customers = Annotated[int, typer.Option(min=10_000, help="Of the largest record.")]
Planned = Annotated[int, typer.Option(min=1000, help="Planned from nothing on PostgreSQL.")]
Now = Annotated[bool, typer.Option("--now", help="Exit 1 only where what is asked now is missed.")]
Plot = Annotated[Path | None, typer.Option(help="Draw cost against size into this PNG.")]


@app.callback(invoke_without_command=True)
def short(  # noqa: PLR0913  # the options of the command line
    context: typer.Context,
    rounds: Rounds = 3,
    touches: Touches = 2000,
    naive_touches: NaiveTouches = 100,
    postgresql: Annotated[bool, typer.Option(help="Measure on PostgreSQL as well.")] = True,
    profile: Annotated[bool, typer.Option(help="Print where the product's CPU goes.")] = False,
    now: Now = False,
) -> None:
    """Touches per second of CPU, from plan to record, beside raw floors and a naive loop."""
    if context.invoked_subcommand is not None:
        return
    console = _console()
    if profile:
        from benchmarks.profiling import print_profile

        print_profile(console, touches)
        return
    with ExitStack() as opened:
        server = opened.enter_context(running_postgresql()) if postgresql else None
        verdicts = measure.beside_the_rivals(
            console, server, rounds=rounds, touches=touches, naive_touches=naive_touches
        )
    _end(console, verdicts, now)


@app.command()
def more(rounds: Rounds = 3, touches: Touches = 2000, due: Most = 20_000, now: Now = False) -> None:
    """A slow provider, small batches, memory with many due."""
    console = _console()
    verdicts, _ = _more(console, rounds, touches, due)
    _end(console, verdicts, now)


@app.command()
def scale(
    customers: Customers = 100_000, planned: Planned = 20_000, now: Now = False, plot: Plot = None
) -> None:
    """What size costs: claiming, a pass with nothing due, planning, finding who is stale."""
    console = _console()
    with running_postgresql() as server:
        verdicts, sized = by_customers(console, server, most=customers)
        verdicts += planning(console, server, customers=planned)
        verdicts += sweeping(console, server, customers=customers)
    if plot is not None:
        from benchmarks.plot import draw

        draw(plot, sized=sized, runs=[])
    _end(console, verdicts, now)


@app.command()
def sweep(customers: Customers = 1_000_000, now: Now = False) -> None:
    """The nightly sweep and its proof, beside a naive anti-join."""
    console = _console()
    with running_postgresql() as server:
        verdicts = sweeping(console, server, customers=customers)
    _end(console, verdicts, now)


@app.command()
def board(
    customers: Customers = 100_000,
    postgresql: Annotated[bool, typer.Option(help="Measure on PostgreSQL as well.")] = True,
    now: Now = False,
) -> None:
    """How soon each page of the owners' board answers."""
    from benchmarks.board import board as measured

    console = _console()
    with ExitStack() as opened:
        server = opened.enter_context(running_postgresql()) if postgresql else None
        verdicts = measured(console, server, customers=customers)
    _end(console, verdicts, now)


@app.command()
def prefect(rounds: Rounds = 3, touches: Touches = 5000, now: Now = False) -> None:
    """A real run of the send flow beside the same pass without Prefect."""
    from benchmarks.prefect_share import prefect_share

    console = _console()
    _end(console, prefect_share(console, rounds=rounds, touches=touches), now)


@app.command()
def listening(
    rate: Annotated[int, typer.Option(min=10, help="Events a second.")] = 200,
    seconds: Annotated[int, typer.Option(min=2, help="How long they come.")] = 60,
    sent: Annotated[int, typer.Option(min=1, help="Touches due for each second of it.")] = 700,
    now: Now = False,
) -> None:
    """Webhook events while touches are being sent: how soon they are answered."""
    from benchmarks.listening import listening as measured

    console = _console()
    with running_postgresql() as server:
        verdicts = measured(console, server, rate=rate, seconds=seconds, sent=sent)
    _end(console, verdicts, now)


@app.command()
def orders(
    data: Annotated[
        Path | None, typer.Option(help="The folder with input/ and truth/.", show_default=False)
    ] = None,
    customers: Customers = 1_000_000,
    speed: Annotated[bool, typer.Option(help="Measure what a large book costs as well.")] = True,
    postgresql: Annotated[bool, typer.Option(help="That on PostgreSQL, not on SQLite.")] = False,
    now: Now = False,
) -> None:
    """Watching orders: how well it tells late and changed accounts, and what a night costs."""
    from benchmarks.order_sets import FOLDER, NoOrders
    from benchmarks.order_speed import order_speed
    from benchmarks.orders import quality

    console = _console()
    try:
        held = quality(console, data or FOLDER)
    except NoOrders as error:
        console.print(str(error), soft_wrap=True)
        raise typer.Exit(2) from None
    if speed:
        _end(console, order_speed(console, customers=customers, on_postgresql=postgresql), now)
    if not held:
        raise typer.Exit(1)


@app.command("all")
def everything(  # noqa: PLR0913  # the options of the command line
    rounds: Rounds = 5,
    touches: Touches = 5000,
    naive_touches: NaiveTouches = 200,
    due: Most = 100_000,
    customers: Customers = 1_000_000,
    planned: Planned = 1_000_000,
    now: Now = False,
    plot: Plot = None,
) -> None:
    """All of it, in full size: about an hour on two cores."""
    from benchmarks.prefect_share import prefect_share

    console = _console()
    with running_postgresql() as server:
        verdicts = measure.beside_the_rivals(
            console, server, rounds=rounds, touches=touches, naive_touches=naive_touches
        )
        of_more, runs = _more(console, rounds, touches, due)
        verdicts += of_more
        of_size, sized = by_customers(console, server, most=customers)
        verdicts += of_size + planning(console, server, customers=planned)
        verdicts += sweeping(console, server, customers=customers)
    verdicts += prefect_share(console, rounds=rounds, touches=touches)
    if plot is not None:
        from benchmarks.plot import draw

        draw(plot, sized=sized, runs=runs)
    _end(console, verdicts, now)


def _more(
    console: Console, rounds: int, touches: int, due: int
) -> tuple[list[Verdict], list[Measured]]:
    verdicts = measure.with_a_slow_provider(console, rounds=rounds, touches=touches)
    verdicts += measure.in_small_batches(console, rounds=rounds, touches=touches)
    of_memory, runs = measure.with_many_due(console, most=due)
    return verdicts + of_memory, runs


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 120)


def _end(console: Console, verdicts: Iterable[Verdict], now: bool) -> None:
    listed = list(verdicts)
    console.print(verdicts_table(listed))
    if not all(one.holds_now if now else one.holds for one in listed):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
