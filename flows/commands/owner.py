"""`touchline owner`: who looks after whom, who is away, and handing over customers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.failure import REFUSED, Failure
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from contacts.settings import Settings

app = typer.Typer(
    name="owner",
    help="Show the owners; say who is away and who stands in; hand over customers.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
NOBODY = "nobody"
_Owner = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The owner's address.", show_default=False)
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", short_help="Show who has what in hand, who is away and who stands in.")
def list_(context: typer.Context, json_: _Json = False) -> None:
    """Show every owner: zone, hours, lead, customers, open and late tasks, absences.

    And what is nobody's, or still belongs to somebody who is no longer in touchline.toml.
    """
    from contacts.record.book.absences import absences_from
    from contacts.record.book.owner_book import books
    from flows.owner_words import as_data, as_text

    settings, now = settings_of(context), datetime.now(UTC)
    with _owners(settings) as connection:
        found = books(connection, now=now)
        away = absences_from(connection, now.date())
    shown = as_data(found, away, settings) if json_ else as_text(found, away, settings)
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False) if json_ else shown)


@app.command(short_help="Say that an owner is away, and who stands in.")
def away(
    context: typer.Context,
    email: _Owner,
    until: Annotated[str, typer.Option(
        metavar="DATE", help="The last day away: 2026-12-31.", show_default=False)],
    from_: Annotated[str, typer.Option(
        "--from", metavar="DATE", help="The first day away, where the owner is.")] = "today",
    stand_in: Annotated[str | None, typer.Option(
        metavar="EMAIL", help="Who acts for them. Default: the lead.", show_default=False)] = None,
    json_: _Json = False,
) -> None:  # fmt: skip
    """Say that an owner is away. Their tasks go to the stand-in's morning mail meanwhile.

    One who is away as well is stood in for by their own stand-in.
    """
    from contacts.record.book.absences import Leave, note_absence
    from contacts.record.book.owner_book import find_owner
    from flows.owner_words import left

    settings, now = settings_of(context), datetime.now(UTC)
    with _owners(settings) as connection:
        owner = find_owner(connection, email)
        leave = Leave(
            owner.id,
            from_on=_day("--from", from_, owner, settings, now),
            until_on=_day("--until", until, owner, settings, now),
            stand_in_id=_stand_in(connection, owner, stand_in),
        )
        if leave.until_on < _today(owner, settings, now):
            raise Failure(f"--until {until}: is over; write the last day away", REFUSED)
        note_absence(connection, leave, now=now)
        said = left(connection, leave)
    typer.echo(json.dumps(plain_data(asdict(leave)), indent=2) if json_ else said)


@app.command(short_help="Say that an owner is back, or will not be away.")
def back(
    context: typer.Context,
    email: _Owner,
    on: Annotated[str, typer.Option(
        metavar="DATE", help="The first day back; the first of an absence cancels it.")] = "today",
    json_: _Json = False,
) -> None:  # fmt: skip
    """End an owner's absence early, or cancel one: on that day they are back."""
    from contacts.record.book.absences import end_absence
    from contacts.record.book.owner_book import find_owner

    settings, now = settings_of(context), datetime.now(UTC)
    with _owners(settings) as connection:
        owner = find_owner(connection, email, gone=True)
        day = _day("--on", on, owner, settings, now)
        leave = end_absence(connection, owner.id, day)
    was = f"{leave.from_on} until {leave.until_on}"
    said = (
        f"{owner.name} will not be away from {was}."
        if leave.from_on == day
        else f"{owner.name} is back on {day}, not away any more from {was}."
    )
    data = {"owner": owner.email, "back_on": day, **asdict(leave)}
    typer.echo(json.dumps(plain_data(data), indent=2) if json_ else said)


@app.command("hand-over", short_help="Give customers and their open tasks to another owner.")
def hand_over(
    context: typer.Context,
    from_: Annotated[str, typer.Argument(
        metavar="FROM", help="Whose customers: an owner's address, also of one who is gone, or "
        "'nobody'.", show_default=False)],
    to: Annotated[str, typer.Argument(
        metavar="TO", help="Whose they become.", show_default=False)],
    customers: Annotated[list[str] | None, typer.Option(
        "--customer", metavar="CUSTOMER", help="Only this one, by id or address; as often as "
        "needed. Default: all of them.", show_default=False)] = None,
    json_: _Json = False,
) -> None:  # fmt: skip
    """Give an owner's customers and what is open for them to another, all at once.

    Each customer's timeline tells it, and the customers' file does not take it back.
    """
    from contacts.record.book.handing_over import HandOver
    from contacts.record.book.handing_over import hand_over as hand
    from contacts.record.book.owner_book import find_owner
    from contacts.record.customers.lookup import find_customer
    from contacts.wording import so_many

    settings, now = settings_of(context), datetime.now(UTC)
    with _owners(settings) as connection:
        giver = None if from_ == NOBODY else find_owner(connection, from_, gone=True)
        taker = find_owner(connection, to)
        ids = None if not customers else [find_customer(connection, one).id for one in customers]
        asked = HandOver(None if giver is None else giver.id, taker.id, ids)
        done = hand(connection, asked, now=now)
    name = NOBODY if giver is None else giver.name
    said = (
        f"{so_many(done.customers, 'customer')} and {so_many(done.tasks, 'open task')} went from "
        f"{name} to {taker.name}.\n"
        f"Write {taker.email} into their rows of the customers' file, under 'owner': until then an "
        "import warns, and leaves them with whom they have."
    )
    typer.echo(json.dumps(asdict(done), indent=2) if json_ else said)


@app.command(short_help="Show the secret link to an owner's tasks in a calendar.")
def calendar(
    context: typer.Context,
    email: _Owner,
    new: Annotated[bool, typer.Option(
        "--new", help="Give up the link there is, and make another.")] = False,
    json_: _Json = False,
) -> None:  # fmt: skip
    """Show the link by which a calendar program subscribes to an owner's open tasks.

    Whoever has it reads the titles and the customers' names.
    """
    from contacts.channels.links import calendar_url
    from contacts.record.book.owner_book import find_owner
    from contacts.record.work.agenda import renew_link

    settings = settings_of(context)
    with _owners(settings) as connection:
        owner = find_owner(connection, email)
        number = renew_link(connection, owner.id) if new else owner.calendar_key
    url = calendar_url(settings, owner.id, number)
    said = f"{url}\n" + (
        f"The link of before shows nothing any more; give {owner.name} this one."
        if new
        else "Subscribe to it in a calendar program. Whoever has it reads what "
        f"{owner.name} has to do, and for whom; --new gives it up for another."
    )
    typer.echo(json.dumps({"owner": owner.email, "url": url}, indent=2) if json_ else said)


@contextmanager
def _owners(settings: "Settings") -> "Iterator[Connection]":
    """A transaction on a record that has the settings' owners as they are now."""
    from contacts.record.book.owners import sync_owners
    from contacts.record.engine import writing

    with record_for(settings) as engine, writing(engine) as connection:
        sync_owners(connection, settings)
        yield connection


def _stand_in(connection: "Connection", owner: Any, email: str | None) -> int:
    from contacts.record.book.owner_book import find_owner

    if email is not None:
        return int(find_owner(connection, email).id)
    if owner.lead_id is None:
        raise Failure(
            f"{owner.name} has no lead who would stand in; say who does with --stand-in EMAIL",
            REFUSED,
        )
    return int(owner.lead_id)


def _day(option: str, written: str, owner: Any, settings: "Settings", now: datetime) -> date:
    if written == "today":
        return _today(owner, settings, now)
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Failure(f"{option} {written}: write it as YYYY-MM-DD, or today", REFUSED) from None


def _today(owner: Any, settings: "Settings", now: datetime) -> date:
    from contacts.cadences.calendar import local_date

    return local_date(now, owner.timezone or settings.default_timezone)
