"""`touchline recap`: what a customer got from us, and a page of it to print or to hand over."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.wording import so_many
from flows.failure import NO, REFUSED, Failure
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.care.recap import Recap
    from contacts.settings import Settings


def command(
    context: typer.Context,
    customer: Annotated[
        str,
        typer.Argument(metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write the page that the customer may have.",
            dir_okay=False, show_default=False,
        ),
    ] = None,
    locale: Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help="The page's language, if not the customer's: de.",
                     show_default=False),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Show what a customer got in the time of their contract, or in the last year without one."""
    from contacts.care.recap import recap_for
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading

    if out is not None and out.suffix != ".html":
        raise Failure(f"{out}: name a file that ends in .html", REFUSED)
    _refuse_unknown(locale)
    settings = settings_of(context)
    with record_for(settings) as engine, reading(engine) as connection:
        found = find_customer(connection, customer)
        recap = recap_for(connection, found.id, settings=settings, now=datetime.now(UTC))
    if json_:
        told = {"customer": found.id, **plain_data(recap.facts.recap)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False, default=str))
    if not recap.facts.recap.count:
        raise Failure(_nothing(recap, found.id), NO)
    if out is not None:
        _write(out, recap, settings, locale or "")
    if not json_:
        typer.echo(f"{out}: written." if out else _as_text(recap))


def _refuse_unknown(locale: str | None) -> None:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse((locale or "en").replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise Failure(
            f"--locale {locale}: no language that we know; write it like de or pt-BR", REFUSED
        ) from None


def _write(out: Path, recap: "Recap", settings: "Settings", locale: str) -> None:
    from contacts.cadences.faults import FaultyFile
    from contacts.messages.rendered import MessageError
    from contacts.messages.templates import templates_of

    try:
        page = recap.page(templates_of(settings), locale)
    except MessageError as error:
        raise FaultyFile([error.as_fault()]) from None
    out.write_text(page.html, encoding="utf-8")


def _nothing(recap: "Recap", customer_id: int) -> str:
    found = recap.facts.recap
    return (
        f"customer {customer_id} has no benefit on record from {found.since} to {found.until}; "
        f"'touchline log {customer_id} benefit TEXT' or 'touchline import benefits FILE' adds one"
    )


def _as_text(recap: "Recap") -> str:
    found, customer = recap.facts.recap, recap.facts.customer
    name = f"{customer.first_name} {customer.last_name}".strip() or f"customer {customer.id}"
    sums = [f"{one['amount']} {one['currency']}" for one in found.worth]
    time = [f"{found.hours.normalize():f} h"] if found.hours else []
    head = f"{name}: {so_many(found.count, 'benefit')} from {found.since} to {found.until}"
    lines = [", ".join([head, *time, *sums])]
    for one in found.items:
        hours = f"{one['hours'].normalize():f} h" if one["hours"] is not None else ""
        worth = f"{one['worth']} {one['currency']}" if one["worth"] is not None else ""
        told = ", ".join(part for part in (hours, worth) if part)
        more = f" ({told})" if told else ""
        lines.append(f"  {one['on']}  {one['kind']:<8}  {one['text']}{more}")
    if found.count > len(found.items):
        lines.append(f"  … and {found.count - len(found.items)} before these")
    return "\n".join(lines)
