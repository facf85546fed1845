"""`touchline import`: customers and their dealings, or whom to leave alone, from a CSV file."""

import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.wording import so_many
from flows.failure import NO
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:  # what parses addresses takes a while to import
    from collections.abc import Iterator

    from contacts.cadences.faults import Fault
    from contacts.record.imports import ImportReport, Progress

LARGE = 1_000_000  # bytes; below it an import is over before a bar could be read


class What(StrEnum):
    CUSTOMERS = "customers"
    ORDERS = "orders"
    CONTRACTS = "contracts"
    BENEFITS = "benefits"
    UNSUBSCRIBES = "unsubscribes"  # these three are lists as SendGrid exports them
    BOUNCES = "bounces"
    SPAM_REPORTS = "spam-reports"


def command(
    context: typer.Context,
    what: Annotated[What, typer.Argument(
        metavar="WHAT", help="customers, orders, contracts or benefits; or a list as SendGrid "
        "exports it: unsubscribes (the global ones), bounces, spam-reports.", show_default=False)],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A CSV file in UTF-8 with a header.",
            exists=True, dir_okay=False, readable=True, show_default=False,
        ),
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="Import nothing unless every row is good.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Import a CSV file; rows with a fault are refused, each with its line and column."""
    from contacts.listening.lists import ListOf, import_list
    from contacts.record import imports

    run: dict[What, Callable[..., ImportReport]] = {
        What.CUSTOMERS: imports.import_customers,
        What.ORDERS: imports.import_orders,
        What.CONTRACTS: imports.import_contracts,
        What.BENEFITS: imports.import_benefits,
    } | {What(one.value): partial(import_list, of=one) for one in ListOf}
    settings = settings_of(context)
    with record_for(settings) as engine, _progress(file, quiet=json_) as progress:
        report = run[what](
            engine, file, settings=settings, now=datetime.now(UTC), strict=strict,
            progress=progress,
        )  # fmt: skip
    report.faults.sort()
    report.warnings.sort()
    if json_:
        typer.echo(_as_json(report))
    else:
        _tell(report, strict=strict)
    if report.refused:
        raise typer.Exit(NO)


@contextmanager
def _progress(file: Path, *, quiet: bool) -> "Iterator[Progress | None]":
    """A bar on stderr for a large file, where somebody watches."""
    if quiet or file.stat().st_size < LARGE or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def _tell(report: "ImportReport", *, strict: bool) -> None:
    for line in _in_order(report):
        typer.echo(line, err=True)
    unnamed = report.refused - len({fault.line for fault in report.faults})
    if unnamed > 0 and len(report.faults) >= 1_000:
        typer.echo(f"… and more faults in {so_many(unnamed, 'further row')}", err=True)
    typer.echo(_summary(report, strict=strict))


def _in_order(report: "ImportReport") -> "Iterator[str]":
    """Every fault, and each warning once, at the first place of it; in the order of the file."""
    first: dict[str, Fault] = {}
    for warning in report.warnings:
        first.setdefault(warning.message, warning)
    for one in sorted([*report.faults, *first.values()]):
        if one.message not in first:
            yield str(one)
            continue
        times = report.warned[one.message]
        more = f" ({times:,} times, here first)" if times > 1 else ""
        yield f"{one.path}:{one.line}:{one.column}: warning: {one.message}{more}"


def _summary(report: "ImportReport", *, strict: bool) -> str:
    rows = so_many(report.rows, "row")
    refused = f"{report.refused:,} refused"
    if strict and report.refused:
        return f"{report.file}: {rows}, {refused}: nothing was imported (--strict)"
    later = f", {report.later:,} for later" if report.later else ""
    left_out = f", {report.left_out:,} left out" if report.left_out else ""
    return (
        f"{report.file}: {rows}: {report.created:,} new, {report.updated:,} changed, "
        f"{report.unchanged:,} unchanged{later}{left_out}, {refused}"
    )


def _as_json(report: "ImportReport") -> str:
    return json.dumps(plain_data(report), indent=2, ensure_ascii=False)
