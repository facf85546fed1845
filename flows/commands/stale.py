"""`touchline stale`: the proof that nobody goes stale, or the customers it does not hold for."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from flows.failure import NO
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.care.freshness import Freshness
    from contacts.care.named import Uncovered


def command(
    context: typer.Context,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="List at most so many customers by name.")
    ] = 100,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove that each active customer is in hand, or list who is not; exit 1 if anyone is not."""
    from contacts.care.freshness import freshness
    from contacts.record.engine import reading

    settings = settings_of(context)
    now = datetime.now(UTC)
    with record_for(settings) as engine, reading(engine) as connection:
        found = freshness(connection, now=now, settings=settings, limit=limit)
    if json_:
        typer.echo(_as_json(found))
    else:
        typer.echo(proof(found))
        _show(found.uncovered)
    if not found.holds:
        raise typer.Exit(NO)


def proof(found: "Freshness") -> str:
    """The proof in a few sentences."""
    from contacts.care.proof import in_hand, not_in_hand

    parts = [
        f"{count:,} {words}"
        for count, words in (
            (found.by_touch, "by a planned touch"),
            (found.by_task, "by a task"),
            (found.waived, "waived"),
        )
        if count
    ]
    said = [in_hand(found.covered, found.active, ", ".join(parts))]
    if found.active:
        said.append(not_in_hand(found.uncovered_count, found.stale))
    if late := found.overdue - found.stale:
        said.append(f"In hand, but out of touch for longer than agreed: {late:,}.")
    return " ".join(said)


def _show(uncovered: "list[Uncovered]") -> None:
    """The exceptions, those with the same reason under one heading."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, emoji=False)
    by_reason = sorted(uncovered, key=_reason_and_remedy)
    for (reason, remedy), group in groupby(by_reason, key=_reason_and_remedy):
        console.print(f"\n{reason[:1].upper()}{reason[1:]}", style="bold", soft_wrap=True)
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2))
        for one in group:
            contact = f"{one.last_contact_at:%d %b %Y}" if one.last_contact_at else "never"
            table.add_row(
                f"  {one.customer_id}", one.name or "(no name)", one.owner or "no owner",
                f"last contact: {contact}",
            )  # fmt: skip
        console.print(table)
        console.print(f"  Remedy: {remedy}", soft_wrap=True)


def _reason_and_remedy(one: "Uncovered") -> tuple[str, str]:
    return one.reason, one.remedy


def _as_json(found: "Freshness") -> str:
    said = {"covered": found.covered, **asdict(found)}
    return json.dumps(said, indent=2, ensure_ascii=False, default=str)
