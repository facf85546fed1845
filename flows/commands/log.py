"""`touchline log`: a person says what happened with a customer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacts.cadences.benefits import BenefitKind
from contacts.cadences.calendar import at_wall_time
from contacts.cadences.outcomes import Outcome, with_outcome
from contacts.record.phrases import NoteKind
from flows.benefit_worth import worth_of
from flows.failure import REFUSED, Failure
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.record.timeline import Entry
    from contacts.record.work.notes import Note, NotedTask

_LONGEST = 10_000
_LONGEST_BENEFIT = 500  # it is a line of a mail


def command(  # noqa: PLR0913  # the command line's options
    context: typer.Context,
    customer: Annotated[str, typer.Argument(
        metavar="CUSTOMER", help="An id or an e-mail address.", show_default=False)],
    what: Annotated[NoteKind, typer.Argument(
        metavar="WHAT", help="What it was; a benefit is what they got from us.",
        show_default=False)],
    text: Annotated[str, typer.Argument(
        metavar="TEXT", help="What happened, in a sentence; not needed with --result.",
        show_default=False)] = "",
    result: Annotated[
        Outcome | None,
        typer.Option(metavar="RESULT", help="What came of a call, a visit or a letter: "
                     f"{', '.join(Outcome)}.", show_default=False),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day on which to try again, or to call back "
                     "who asked for it; until then the task stays open. Default after no "
                     "answer: the owner's next working day.", show_default=False),
    ] = None,
    give_up: Annotated[
        bool,
        typer.Option("--give-up", help="After no answer: it is not tried again, and the task "
                     "is done."),
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="When, if not now: 2026-11-20T09:00, on the "
                     "customer's clock unless it names an offset.", show_default=False),
    ] = None,
    task: Annotated[
        int | None,
        typer.Option(metavar="ID", help="The task it settles; a benefit settles none. Default: "
                     "the oldest open one of its kind.", show_default=False),
    ] = None,
    waive_until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Nobody need keep in touch until this day, for the "
                     "reason in TEXT: no marketing leaves, and no cadence asks for a call, "
                     "before it.", show_default=False),
    ] = None,
    end_waiver: Annotated[
        bool,
        typer.Option("--end-waiver", help="We no longer leave them alone: what waited goes on."),
    ] = False,
    kind: Annotated[
        BenefitKind | None,
        typer.Option(metavar="KIND", help="Of a benefit: extra, service, response or saving. "
                     "Default: extra.", show_default=False),
    ] = None,
    worth: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="What the benefit was worth, with --currency.",
                     show_default=False),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Of AMOUNT: EUR, USD.", show_default=False)
    ] = None,
    hours: Annotated[
        str | None,
        typer.Option(metavar="N", help="How many hours it took us, or saved them.",
                     show_default=False),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Record a call, a visit, a letter, a note or a benefit; it closes the task asking for it."""
    from contacts.record.customers.lookup import find_customer
    from contacts.record.engine import reading, writing
    from contacts.record.timeline.ahead import queued
    from contacts.record.work.notes import Note, record_note
    from contacts.record.work.trying_again import with_another_try
    from contacts.workspace.closing import keep_in_hand

    settings, now = settings_of(context), datetime.now(UTC)
    of_benefit = worth_of(what, kind, worth, currency, hours)
    text = text.strip()
    longest = _LONGEST_BENEFIT if what is NoteKind.BENEFIT else _LONGEST
    if not (text or result) or len(text) > longest:
        raise Failure(f"TEXT: say what happened, in 1 to {longest} characters", REFUSED)
    again_on, waived = _day(on, "--on"), _day(waive_until, "--waive-until")
    if again_on is not None and what not in (NoteKind.CALL, NoteKind.VISIT):
        raise Failure(
            "--on: only a call or a visit is tried on another day; --at says when it was", REFUSED
        )
    with record_for(settings) as engine:
        with writing(engine) as connection:
            found = find_customer(connection, customer)
            note = Note(
                customer_id=found.id,
                kind=what,
                text=text.replace("\0", ""),
                at=_instant(at, found.timezone, now),
                task_id=task,
                waive_until=waived,
                ends_waiver=end_waiver,
                result=result,
                gives_up=give_up,
                worth=of_benefit,
            )
            note = with_another_try(connection, note, again_on, settings=settings, now=now)
            noted = record_note(connection, note, now=now)
        keep_in_hand(engine, settings, [found.id], now=now)
        with reading(engine) as connection:
            ahead = list(queued(connection, found.id, settings=settings, now=now))
    typer.echo(_as_json(note, noted) if json_ else _as_text(found, note, noted, ahead))


def _instant(written: str | None, zone: str, now: datetime) -> datetime:
    if written is None:
        return now
    try:
        moment = datetime.fromisoformat(written)
        instant = (
            at_wall_time(moment, zone).instant
            if moment.tzinfo is None
            else moment.astimezone(UTC)
        )  # fmt: skip
    except (ValueError, OverflowError):
        raise Failure(f"--at {written}: write it like 2026-11-20T09:00", REFUSED) from None
    if instant > now:
        raise Failure(f"--at {written}: lies in the future; log what has happened", REFUSED)
    return instant


def _day(written: str | None, option: str) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        raise Failure(f"{option} {written}: write it as YYYY-MM-DD", REFUSED) from None


def _as_text(
    customer: Any, note: "Note", task: "NotedTask | None", ahead: Sequence["Entry"]
) -> str:
    who = f"{customer.first_name} {customer.last_name}".strip() or f"customer {customer.id}"
    what = with_outcome(note.kind.capitalize(), note.result)
    said = [f"{what} recorded for {who}."]
    if task is not None and task.again_on is not None:
        said.append(f"Task {task.id} stays open until {task.again_on}: {task.title}.")
    elif task is not None:
        said.append(f"Task {task.id} is done: {task.title}.")
    if note.kind is NoteKind.BENEFIT:
        said.append(f"They read it in their recap, which is in {_tongue(customer.locale)}.")
    if note.waive_until is not None:
        said += _left_alone(note.waive_until, customer.timezone, ahead)
    if note.ends_waiver:
        said.append("They are left alone no longer: what waited for that goes on.")
    return " ".join(said)


def _left_alone(until: date, zone: str, ahead: Sequence["Entry"]) -> Iterator[str]:
    """What waits until then, and what leaves all the same."""
    from contacts.record.timeline.entry import day_of

    yield (
        f"They are left alone until {until}: before that day no marketing leaves, and no cadence "
        "asks for a call, a visit or a letter."
    )
    for one in ahead:
        if one.kind != "skipped" and (on := day_of(one.at, zone)) < until:
            yield f"What leaves all the same: {one.title} of {one.cadence}, on {on}."


def _tongue(code: str) -> str:
    """The English name of a language: German for de."""
    from contacts.web.wording import tongue

    return tongue(code)


def _as_json(note: "Note", task: "NotedTask | None") -> str:
    """A task that stays open is no closed one."""
    where = "closed" if task is None or task.again_on is None else "open"
    said = {**asdict(note), "closed": None, where: asdict(task) if task else None}
    return json.dumps(plain_data(said), indent=2, ensure_ascii=False, default=str)
