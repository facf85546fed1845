"""`touchline migrate`: brings the record's tables to the version of this program."""

import json
from typing import Annotated

import typer

from flows.workspace import settings_of


def command(
    context: typer.Context,
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
    finally:
        engine.dispose()
    if json_:
        typer.echo(json.dumps({"from": before, "to": after}))
    elif before == after:
        typer.echo(f"nothing to do: the record is at {after}")
    else:
        typer.echo(f"migrated from {before or 'an empty record'} to {after}")
