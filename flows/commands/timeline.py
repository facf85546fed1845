"""`touchline timeline`: everything that happened between us and one customer, and what is next."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

    from contacts.record.timeline import Entry

_MARKS = {
    "sent": ("→", "green"), "delivered": ("✓", "green"), "done": ("✓", "green"),
    "replied": ("←", "bold cyan"), "call": ("☎", "cyan"), "visit": ("⌂", "cyan"),
    "letter": ("✉", "cyan"), "note": ("✎", "cyan"), "benefit": ("✎", "cyan"),
    "help": ("←", "bold cyan"), "order": ("+", "magenta"), "contract": ("+", "magenta"),
    "skipped": ("-", "yellow"), "stopped": ("■", "yellow"), "finished": ("■", "dim"),
    "bounced": ("✗", "red"), "failed": ("✗", "red"), "refused": ("✗", "red"),
    "dropped": ("✗", "red"), "undelivered": ("✗", "red"), "complained": ("✗", "red"),
    "opted_out": ("✗", "red"), "withdrawn": ("✗", "yellow"), "in doubt": ("?", "yellow"),
    "decide": ("?", "bold yellow"), "wait": ("?", "yellow"), "to do": ("!", "bold"),
    "task": ("!", ""), "planned": ("○", ""), "held": ("‖", "yellow"), "waived": ("○", "dim"),
    "erased": ("■", "bold"),
}  # fmt: skip
_LONGEST = 200  # characters of a title or detail
_FEW_ORDERS = 3
_UNDER = 10  # columns before the words of an entry


def command(
    context: typer.Context,
    customer: Annotated[
        str,
        typer.Argument(metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False),
    ],
    limit: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Show at most so many entries of the past, the latest."
        ),
    ] = 100,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show everything that happened between us and one customer, and what is next."""
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading
    from contacts.record.timeline import timeline, upcoming

    settings = settings_of(context)
    with record_for(settings) as engine, reading(engine) as connection:
        found = find_customer(connection, customer)
        now = datetime.now(UTC)
        past = timeline(connection, found.id, now=now)
        ahead = upcoming(connection, found.id, settings=settings, now=now)
    shown = past[-limit:]
    if json_:
        typer.echo(_as_json(found, shown, ahead))
    else:
        show(found, shown, ahead, hidden=len(past) - len(shown))


def _as_json(customer: Any, past: "list[Entry]", ahead: "list[Entry]") -> str:
    name = f"{customer.first_name} {customer.last_name}".strip()
    said = {
        "customer": {"id": customer.id, "email": customer.email, "name": name,
                     "timezone": customer.timezone},
        "timeline": [asdict(entry) for entry in past],
        "upcoming": [asdict(entry) for entry in ahead],
    }  # fmt: skip
    return json.dumps(said, indent=2, ensure_ascii=False, default=_instant)


def _instant(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show(
    customer: Any, past: "list[Entry]", ahead: "list[Entry]", *, hidden: int, see: str = "--limit"
) -> None:
    """Print them by day, on the customer's own calendar.

    One line says how many of the past are `hidden`, and that `see` shows them.
    """
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    zone = _zone(customer.timezone)
    name = f"{customer.first_name} {customer.last_name}".strip() or "Customer"
    company = f", {customer.company}" if customer.company else ""
    console.print(f"{name}{company}", style="bold")
    address = customer.email or customer.phone or "no address"
    assumed = " (assumed)" if customer.timezone_assumed else ""
    console.print(f"{address} · id {customer.id} · {customer.timezone}{assumed}", style="dim")
    if hidden:
        console.print(f"\n… {hidden} earlier; see them with {see}", style="dim")
    _days(console, list(_folded(past)), zone)
    console.print("\nNext", style="bold")
    skipped = [entry for entry in ahead if entry.kind == "skipped"]
    coming = [entry for entry in ahead if entry.kind != "skipped"]
    if not coming:
        console.print("  nothing is planned", style="yellow")
    _days(console, coming, zone)
    if skipped:
        console.print("\nWill not be sent", style="bold")
    _days(console, skipped, zone)


def _zone(name: str) -> tzinfo:
    from contacts.cadences.timezones import zone

    try:
        return zone(name)
    except ValueError:  # a zone that this machine does not know
        return UTC


def _folded(entries: "list[Entry]") -> "Iterator[Entry]":
    """The entries, with a long run of orders and nothing else told as one."""
    for is_order, run in groupby(entries, key=lambda entry: entry.kind == "order"):
        of_run = list(run)
        if is_order and len(of_run) > _FEW_ORDERS:
            first, last = of_run[0], of_run[-1]
            title = f"{len(of_run)} orders since {first.at:%d %b %Y}, the last:"
            yield replace(last, title=f"{title} {last.title}")
        else:
            yield from of_run


def _days(console: "Console", entries: "list[Entry]", zone: tzinfo) -> None:
    """Entries under their day on the customer's calendar."""
    from rich.text import Text

    for day, of_day in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        console.print(f"\n{day:%a %d %b %Y}", style="bold")
        for entry in of_day:
            mark, style = _MARKS.get(entry.kind, ("·", "dim"))
            clock = f"{entry.at.astimezone(zone):%H:%M}" if entry.has_time else ""
            line = Text(f"  {clock:5} ")
            line.append(f"{mark} ", style)
            line.append(_plain(entry.title))
            if entry.kind == "to do":
                line.append(f" (task {entry.task_id})", "bold")
            if entry.cadence:
                line.append(f" · {entry.cadence}", "dim")
            if detail := _plain(entry.detail):
                line.append(f" · {detail}", "dim")
            print_entry(console, line)


def print_entry(console: "Console", line: "Text") -> None:
    """A terminal gets what is too long under its own words; a file gets it in one line."""
    if not console.is_terminal:
        console.print(line, soft_wrap=True)
        return
    first, *rest = line.wrap(console, max(console.width - _UNDER, 1))
    console.print(first)
    for part in rest:
        console.print(" " * _UNDER, part, sep="")


def _plain(text: str) -> str:
    """One line of what people wrote, without the codes that could take over a terminal."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"
