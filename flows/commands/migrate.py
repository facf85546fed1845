"""`touchline migrate`: brings the record's tables to the version of this program."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.workspace import settings_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from contacts.record.consent.secret_key import CarriedOver
    from contacts.settings import Settings


def command(
    context: typer.Context,
    new_key: Annotated[
        bool,
        typer.Option(
            "--new-key",
            help="The secret key is lost: keep opt-outs under the one of now, as far as customers' "
            "own words are on record.",
        ),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the record's tables to the version of this program; nothing is lost."""
    from contacts.record.engine import open_record
    from contacts.record.migrate import migrate

    settings = settings_of(context)
    engine = open_record(settings.url)
    try:
        if engine.dialect.name == "sqlite":
            settings.make_state()
        before, after = migrate(engine)
        carried = _under_this_key(engine, settings) if new_key else None
    finally:
        engine.dispose()
    if json_:
        told = {"carried_over": asdict(carried) if carried else None} if new_key else {}
        typer.echo(json.dumps({"from": before, "to": after} | told))
        return
    if before == after:
        typer.echo(f"nothing to do: the record is at {after}")
    else:
        typer.echo(f"migrated from {before or 'an empty record'} to {after}")
    if new_key:
        typer.echo(_in_words(carried))


def _under_this_key(engine: "Engine", settings: "Settings") -> "CarriedOver | None":
    from contacts.record.consent.secret_key import keep_under_this_key
    from contacts.record.engine import writing

    with writing(engine) as connection:
        return keep_under_this_key(connection, settings, now=datetime.now(UTC))


def _in_words(carried: "CarriedOver | None") -> str:
    from contacts.wording import so_many

    if carried is None:
        return "opt-outs are kept under this secret key already"
    left = so_many(carried.left, "other suppressed address", "other suppressed addresses")
    return (
        f"opt-outs are kept under this secret key now: {so_many(carried.suppressed, 'opt-out')} "
        f"of customers carried over; {left} can no longer be told. Import SendGrid's lists once "
        "more before anything is sent (docs/operations.md, 'A lost secret key')."
    )
