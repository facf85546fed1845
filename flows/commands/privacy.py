"""`touchline privacy`: all we hold of a customer, given to them or erased; and what is old."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.failure import NO, REFUSED, Failure, near
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from contacts.privacy.export import Held
    from contacts.settings import Settings

app = typer.Typer(
    name="privacy",
    help="Give a customer everything on record of them, erase it, or remove what is old.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_Customer = Annotated[
    str,
    typer.Argument(metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(short_help="Write all we hold of a customer into a new folder.")
def export(
    context: typer.Context,
    customer: _Customer,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="A folder that is not there yet.",
            show_default="a new one in exports/ of the workspace",
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print it as JSON; no folder without --to.")
    ] = False,
) -> None:  # fmt: skip
    """Write everything on record of a customer into a new folder: JSON, and a CSV file a table."""
    from contacts.privacy.export import held_of, write_folder
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading
    from flows.erasure_words import exported

    settings = settings_of(context)
    now = datetime.now(UTC)
    with record_for(settings) as engine, reading(engine) as connection:
        found = find_customer(connection, customer)
        held = held_of(connection, found, signing_key=settings.signing_key, now=now)
    if json_:
        typer.echo(held.as_json())
    if json_ and to is None:
        return
    folder = to or _new_folder(settings, held)
    try:
        files = write_folder(held, folder)
    except FileExistsError:
        said = f"{folder}: is there already; name a folder that is not, and nothing is lost"
        raise Failure(said, REFUSED) from None
    typer.echo(exported(held, near(folder), len(files)), err=json_)


@app.command(short_help="Erase a customer here and at the providers.")
def erase(
    context: typer.Context,
    customer: _Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    by_hand: Annotated[
        bool,
        typer.Option(
            "--by-hand",
            help="Of one erased before: you saw to it at the providers; ask them no more.",
        ),
    ] = False,
    json_: _Json = False,
) -> None:
    """Erase a customer from every table, at the providers and in the logs; it cannot be undone.

    Ids, times and states stay, so that the books add up, and a keyed hash of the addresses, so that
    no import brings them back. Asks first, unless told --yes. Of one who was erased before, it asks
    the providers again for what they have not confirmed.
    """
    from contacts.record.customers.erasures import erased_at
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading
    from flows.erasing import erase_everywhere
    from flows.erasure_words import erased_words

    settings = settings_of(context)
    now = datetime.now(UTC)
    with record_for(settings) as engine:
        with reading(engine) as connection:
            found = find_customer(connection, customer)
            before = erased_at(connection, found.id)
        if before is None:
            _make_sure(engine, found, yes=yes, quiet=json_)
        elif by_hand:
            _settle_by_hand(engine, found.id)
        outcome = erase_everywhere(engine, settings, found.id, now=now)
    typer.echo(json.dumps(_as_data(outcome), indent=2) if json_ else erased_words(outcome))
    if outcome.not_compacted is not None or outcome.left_in_record or outcome.failed:
        raise typer.Exit(NO)


@app.command(short_help="Remove words that are older than need be.")
def prune(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go; remove nothing.")
    ] = False,
    json_: _Json = False,
) -> None:
    """Remove words that are older than the settings keep them, as the flow `tidy` does weekly.

    The words of messages, customers' replies, and the raw form of what providers told us. That a
    message was sent or answered, when, and what became of it, stays.
    """
    from contacts.record.engine import reading
    from contacts.record.upkeep.retention import count_old, remove_old
    from flows.erasure_words import pruned

    settings = settings_of(context)
    now = datetime.now(UTC)
    with record_for(settings) as engine:
        if dry_run:
            with reading(engine) as connection:
                removed = count_old(connection, settings=settings, now=now)
        else:
            removed = remove_old(engine, settings=settings, now=now)
    said = {"dry_run": dry_run, **plain_data(removed)}
    typer.echo(json.dumps(said, indent=2) if json_ else pruned(removed, settings, dry_run=dry_run))


def _new_folder(settings: "Settings", held: "Held") -> Path:
    return settings.workspace / "exports" / f"customer-{held.customer_id}-{held.at:%Y%m%dT%H%M%SZ}"


def _make_sure(engine: "Engine", found: Any, *, yes: bool, quiet: bool) -> None:
    """Show what goes, and ask; raises where nobody can answer."""
    from contacts.privacy.erase import what_goes
    from contacts.record.engine import reading
    from flows.erasure_words import before_erasing

    with reading(engine) as connection:
        counts = what_goes(connection, found.id)
    if not quiet:
        typer.echo(before_erasing(found, counts))
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure("an erasure cannot be undone; add --yes if it is meant", REFUSED)
    if not typer.confirm("Erase this customer for good?"):
        typer.echo("Nothing was changed.")
        raise typer.Exit(NO)


def _settle_by_hand(engine: "Engine", customer_id: int) -> None:
    from contacts.privacy.requests import settle_by_hand
    from contacts.record.engine import writing
    from contacts.record.upkeep.overwriting import overwrite_what_goes

    with writing(engine) as connection:
        overwrite_what_goes(connection)
        settle_by_hand(connection, customer_id)


def _as_data(outcome: Any) -> dict[str, Any]:
    """What was done, without an address: this may end up in a log."""
    done = outcome.erased
    return {
        "customer_id": done.customer_id,
        "erased_at": done.at.isoformat(),
        "is_new": done.is_new,
        "rows": done.counts,
        "mentions": done.mentions,
        "on_the_way": done.on_the_way,
        "requests": dict(done.requests),
        "confirmed": outcome.confirmed,
        "waiting": {one.provider: one.count for one in outcome.waiting},
        "logs_masked": outcome.logs,
        "not_compacted": outcome.not_compacted,
        "left_in_record": outcome.left_in_record,
        "still_in_files": [str(place) for place in outcome.searched.places],
        "unread_files": [str(path) for path in outcome.searched.unread],
        "failed": outcome.failed,
    }
