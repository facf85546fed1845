"""`touchline signals`: what was noticed about customers' orders and is not over."""

import json
from dataclasses import asdict
from datetime import datetime
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from contacts.record import phrases
from contacts.wording import so_many
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.record.orders.rhythms import OrderWatchRow
    from contacts.record.orders.signals import OpenSignal

_WIDTH = 80
_INDENT = "    "


def command(
    context: typer.Context,
    customer: Annotated[
        str | None,
        typer.Option(metavar="CUSTOMER", help="Of this one alone: an id or an e-mail address."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most that are listed.")] = 200,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List who is late with an order or orders otherwise than usual, with the reason of each.

    The weightiest come first. A signal is over with the customer's next order, or when they order
    as usual again. The orders are looked at every night, and by 'touchline tick' once a day.
    """
    from contacts.care.orders.telling import rhythm_of
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading
    from contacts.record.orders.order_rows import newest_order
    from contacts.record.orders.rhythms import watches
    from contacts.record.orders.signals import count_open, open_signals

    settings = settings_of(context)
    with record_for(settings) as engine, reading(engine) as connection:
        one = None if customer is None else find_customer(connection, customer).id
        zone = settings.default_timezone
        found = open_signals(connection, zone=zone, customer_id=one, limit=limit)
        count = len(found) if one is not None else sum(count_open(connection).values())
        last = next(iter(watches(connection, limit=1)), None)
        are_there = last is not None or bool(newest_order(connection))
        rhythm = None if one is None else rhythm_of(connection, one)
    say = _as_json if json_ else _as_text
    typer.echo(say(_Noticed(found, count, last, rhythm, are_there)))


class _Noticed(NamedTuple):
    found: "list[OpenSignal]"
    open: int
    """Of all that are open."""
    last: "OrderWatchRow | None"
    """The last look."""
    rhythm: str | None
    """Of the one customer that was asked for."""
    are_orders: bool
    """Whether there are any to look at."""


def _as_text(said: _Noticed) -> str:
    blocks = [_block(one) for one in said.found]
    if said.open > len(said.found):
        blocks.append(f"… and {said.open - len(said.found):,} more; list them with --limit.")
    if not said.found:
        blocks.append("Nothing is noticed at the moment.")
    if said.rhythm is not None:
        blocks.append(fill(said.rhythm, _WIDTH))
    return "\n\n".join([*blocks, _looked(said)])


def _block(one: "OpenSignal") -> str:
    words = phrases.signal(one.kind)
    firm = " (firm)" if one.figures.get("tier") == "firm" else ""
    owner = f" · {one.owner}" if one.owner else " · nobody owns them"
    task = f" · task {one.task_id}" if one.task_id is not None else ""
    anew = f", as of {one.told_on}" if one.told_on is not None else ""
    head = f"{one.customer} · {words}{firm}{owner} · noticed on {one.noticed_on}{anew}{task}"
    return f"{head}\n{fill(one.reason, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)}"


def _looked(noticed: _Noticed) -> str:
    last = noticed.last
    if not noticed.are_orders:
        return "There are no orders yet; 'touchline import orders FILE' takes them in."
    if last is None:
        return "The orders were not looked at yet; run 'touchline tick'."
    said = (
        f"{so_many(last.accounts, 'account')} looked at on {last.at:%Y-%m-%d}; orders are known "
        f"through {last.complete_on}."
    )
    if last.held:
        said += (
            f" {so_many(last.held, 'late one')} were held back: far more became late at once than "
            "on other nights. Is it a season, or do orders no longer arrive?"
        )
    return said


def _as_json(noticed: _Noticed) -> str:
    looked, last = None, noticed.last
    if last is not None:
        looked = {
            "at": last.at,
            "complete_on": last.complete_on,
            "accounts": last.accounts,
            "late": last.late,
            "held": last.held,
        }
    said = {
        "signals": [asdict(one) for one in noticed.found],
        "open": noticed.open,
        "rhythm": noticed.rhythm,
        "looked": looked,
    }
    return json.dumps(said, indent=2, ensure_ascii=False, default=_instant)


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
