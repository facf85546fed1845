"""What the demo tells at its end: the cadences' totals, one customer's story, what next."""

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, case, func, select

from contacts.care.freshness import Freshness
from contacts.record.customers.lookup import find_customer
from contacts.record.enrolments.totals import totals_by_cadence
from contacts.record.phrases import reason
from contacts.record.tables import Event, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.settings import Settings
from flows.commands.stale import proof
from flows.commands.timeline import show as show_timeline
from flows.demo.places import touchline, typed


def show_totals(console: Console, connection: Connection) -> None:
    """One row a cadence: whom it took in, what left, what came back, what did not leave and why."""
    table = Table(title="What the cadences did", title_justify="left", title_style="bold")
    table.add_column("cadence")
    for column in ("enrolled", "sent", "delivered", "replied", "tasks", "done", "skipped"):
        table.add_column(column, justify="right")
    totals = totals_by_cadence(connection)
    for name, of in totals.items():
        counts = (of.enrolled, of.sent, of.delivered, of.replied, of.tasks, of.done)
        table.add_row(name, *map(str, counts), str(of.skipped.total()))
    console.print(table)
    for name, of in totals.items():
        for why, count in of.skipped.most_common():
            console.print(f"  {name} skipped {count}: {reason(why)}", style="dim", highlight=False)


def show_somebody(
    console: Console,
    connection: Connection,
    *,
    settings: Settings,
    since: datetime,
    now: datetime,
) -> None:
    """The story of one customer since then, as `touchline timeline` tells it."""
    somebody = _interesting_customer(connection)
    if somebody is None:
        return
    console.print("\n[bold]The story of one customer[/]")
    found = find_customer(connection, str(somebody))
    past = timeline(connection, found.id, now=now)
    ahead = upcoming(connection, found.id, settings=settings, now=now)
    shown = [entry for entry in past if entry.at >= since]
    earlier = len(past) - len(shown)
    show_timeline(found, shown, ahead, hidden=earlier, see=f"touchline timeline {found.id}")


def show_proof(console: Console, found: Freshness) -> None:
    """Whether everybody is in hand, as `touchline stale` proves it."""
    console.print("\n[bold]Nobody goes stale[/]")
    console.print(proof(found))
    for one in found.uncovered:
        console.print(f"  {one.name}: {one.reason}; {one.remedy}")


def _interesting_customer(connection: Connection) -> int | None:
    """The customer in touch in most ways, by mail, SMS, call, visit, who also answered."""
    answers = (
        select(Event.customer_id, func.count().label("count"))
        .where(Event.kind == "replied")
        .group_by(Event.customer_id)
        .subquery()
    )
    return connection.execute(
        select(Touch.customer_id)
        .outerjoin(answers, answers.c.customer_id == Touch.customer_id)
        .where(Touch.made_at.is_not(None))
        .group_by(Touch.customer_id, answers.c.count)
        .order_by(
            (func.count(Touch.channel.distinct()) + case((answers.c.count > 0, 2), else_=0)).desc(),
            func.count().desc(),
            Touch.customer_id,
        )
        .limit(1)
    ).scalar_one_or_none()


def what_next(folder: Path) -> str:
    """What to look at and to try after the demo, as it can be typed here."""
    command, place = escape(touchline()), escape(typed(folder))
    return f"""\
[bold]What next[/]
  {command} -w {place} stale    the proof, at any time
  {command} demo {place}        live the days anew, after a change in its cadences/
  {command} -w {place} up       keep it running; from then on no demo replaces it"""
