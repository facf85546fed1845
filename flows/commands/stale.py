"""`touchline stale`: the proof that nobody goes stale, or the customers it does not hold for.

A proof about nobody is none: a record that is gone, or holds no customer, does not pass.
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.wording import so_many
from flows.failure import NO, Failure, near
from flows.plain_data import plain_data
from flows.workspace import missing_record, record_for, settings_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection, Engine

    from contacts.care.freshness import Freshness
    from contacts.care.named import Uncovered
    from contacts.record.customers.proofs import Proof
    from contacts.settings import Settings

_LATE = timedelta(days=1)


def command(
    context: typer.Context,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="List at most so many customers by name.")
    ] = 100,
    repair: Annotated[
        bool, typer.Option("--repair", help="First take in hand whom nobody has, as every night.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove that each active customer is in hand and has an owner, or list who is not, and has not.

    Exits with 1 if there is anyone, and where there is no record or no customer in it. With
    --repair the sweep goes before that which the care flow makes every night: by the setting
    stale_policy a cadence takes them in, or their owner gets a task.
    """
    from contacts.care.freshness import freshness
    from contacts.record.clock import present
    from contacts.record.customers.proofs import latest
    from contacts.record.engine import reading

    settings = settings_of(context)
    if (missing := missing_record(settings)) is not None:
        _refuse(f"{near(missing)}: there is no record here", json_=json_)
    with record_for(settings) as engine:
        now = present(engine)
        if repair:
            _sweep(engine, settings, now)
        with reading(engine) as connection:
            found = freshness(
                connection, now=now, settings=settings, limit=limit, held=lambda: _held(settings)
            )
            last = latest(connection)
            known = found.active or _customers(connection)
            owed = _owed_erasures(connection, now)
    if not known:
        _refuse("the record holds no customer", json_=json_)
    if json_:
        typer.echo(_as_json(found, last))
    elif not found.active:
        typer.echo(_nobody_left(known))
    else:
        typer.echo(proof(found))
        if last is not None:
            typer.echo(_last_sweep(last))
        _show(found.uncovered)
        _show(found.unowned)
    if owed:
        typer.echo(owed, err=True)
    if not found.holds:
        raise typer.Exit(NO)


def _sweep(engine: "Engine", settings: "Settings", now: datetime) -> None:
    from contacts.workspace.paused import last_known_paused
    from contacts.workspace.sweeping import sweep_workspace

    sweep_workspace(engine, settings, now=now, paused=last_known_paused(settings))


def _held(settings: "Settings") -> "Collection[str]":
    """The cadences that a fault keeps from being planned."""
    from contacts.workspace.plannable import plannable  # takes longer to import than most proofs

    return plannable(settings).held


def _owed_erasures(connection: "Connection", now: datetime) -> str:
    """Not of the proof; but whoever looks here every day should know."""
    from contacts.privacy.requests import unconfirmed

    late = [one for one in unconfirmed(connection) if now - one.since > _LATE]
    if not late:
        return ""
    requests = so_many(sum(one.count for one in late), "request")
    return f"{requests} to erase somebody at a provider not confirmed: see 'touchline doctor'."


def _refuse(what: str, *, json_: bool) -> None:
    problem = (
        f"{what}, so nothing is proved. Take your customers in with 'touchline import customers "
        "FILE', or put the backup of the record back."
    )
    if json_:
        typer.echo(json.dumps({"holds": False, "active": 0, "problem": problem}, indent=2))
    raise Failure(problem, NO)


def _customers(connection: "Connection") -> int:
    from sqlalchemy import func, select

    from contacts.record.tables import Customer

    return connection.execute(select(func.count()).select_from(Customer)).scalar_one()


def _nobody_left(known: int) -> str:
    left = "The one customer on record has" if known == 1 else f"All {known:,} customers have"
    return f"{left} left: nobody is active, so there is nobody to keep in touch with."


def proof(found: "Freshness") -> str:
    """The proof in a few sentences."""
    from contacts.care.proof import in_hand, nobodys, not_in_hand

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
    if alone := nobodys(found.unowned_count):
        said.append(alone)
    if late := found.overdue - found.stale:
        said.append(f"In hand, but out of touch for longer than agreed: {late:,}.")
    return " ".join(said)


def _last_sweep(last: "Proof") -> str:
    from contacts.care.proof import taken_in_hand

    return f"The sweep of {last.at:%Y-%m-%d %H:%M} UTC took {taken_in_hand(last.repaired)}."


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


def _as_json(found: "Freshness", last: "Proof | None") -> str:
    swept = None if last is None else {"at": last.at, "repaired": last.repaired}
    said = {"holds": found.holds, "covered": found.covered, **asdict(found), "last_sweep": swept}
    return json.dumps(plain_data(said), indent=2, ensure_ascii=False, default=str)
