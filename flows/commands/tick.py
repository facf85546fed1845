"""`touchline tick`: one pass of plan, send and reconcile, without Prefect."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from contacts.record.errors import RecordError
from contacts.settings import Settings
from contacts.workspace.paused import last_known_paused
from flows.failure import NO, REFUSED, WORLD, Failure
from flows.held import held_lines
from flows.tick_report import TickReport, as_json, as_text
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:  # what sends takes a second to import
    from contacts.cadences.faults import Fault
    from contacts.care.sweep import Swept
    from contacts.delivery.pausing.halt import Halt
    from contacts.delivery.reports import PlanReport, SendReport
    from contacts.delivery.tick import Tick
    from contacts.workspace.gone import Gone
    from contacts.workspace.plannable import Plannable
    from flows.running.stopping import Stopping

_PATIENCE = 5.0  # seconds from Ctrl-C to the end; what is on the wire has its time-outs besides
_NO_STANDIN = (
    "the stand-in does not answer at {}. What is due stays planned; start 'touchline up', or the "
    "stand-in alone as docs/stand-in.md says, or set the providers' credentials."
)
_WHILE_PLANNING = "Stopped while planning: nothing was sent, and what was planned is on record."
_LATER = "What was sent is told above; what follows it is planned by the next pass."
_WHILE_SENDING = "Stopped: what was on its way is recorded, what is left stays planned."


def command(
    context: typer.Context,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="As of this instant, e.g. 2026-11-20T09:00:00Z. Default: now.",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan every cadence, send what is due and settle what is in doubt, once; without Prefect.

    Where more is due than a sender's rate allows, it goes on as the rate does, for send_minutes at
    most, and says so; what is left then waits for the next pass. Once a day it looks at all orders
    and sees to whom nobody has in hand, as the care flow does every night.

    A cadence with a fault, in its file or in a message that it names, holds up only itself: it is
    named, not planned, and the exit code is 1. So it is in a pause after downtime, in which nothing
    is sent: see 'touchline resume'.
    """
    from contacts.delivery.pausing.halt import REMEDY
    from contacts.delivery.reports import SendReport
    from contacts.delivery.tick import Tick
    from contacts.record.clock import present
    from contacts.record.engine import reading
    from contacts.record.sending.live import refuse_rehearsal
    from contacts.workspace.gone import gone_cadences
    from contacts.workspace.plannable import plannable
    from contacts.workspace.watching import DAILY, watch_if_due
    from flows.running.stopping import stopping
    from flows.running.whose_standin import standin_answers

    settings = settings_of(context)
    asked = _instant(at, settings)
    can_send = standin_answers(settings)
    with stopping(_WHILE_PLANNING, patience=_PATIENCE) as told, record_for(settings) as engine:
        refuse_rehearsal(engine, settings)
        now = asked or present(engine)
        one = Tick(engine, settings, now)
        found = plannable(settings)
        watch_if_due(engine, settings, found.cadences, now=now, every=DAILY)
        planned, needs_review = one.plan(found.cadences, some_held=bool(found.held))
        told.check()
        with reading(engine) as connection:
            _name_gone(gone_cadences(connection, settings))
        _keep_in_hand(one, planned)
        swept = _sweep(one, found) if at is None else None
        held = sorted(found.held)
        if not can_send:
            unsent = TickReport(
                planned, SendReport(), None, needs_review, found.faults, held, swept=swept
            )
            _end_unsent(unsent, found, settings, json_=json_)
        told.farewell = _WHILE_SENDING
        told.patience = settings.connect_timeout + settings.request_timeout + _PATIENCE
        began = datetime.now(UTC)
        if asked is None:
            one = replace(one, now=present(engine))  # planning may have taken its time
        sent, halt = _send(one, told, rehearsal=at is not None)
        is_real = at is None and halt is None
        followed, unrecorded = _finish(one, found, sent, told, began=began, is_real=is_real)
        if followed is not None:
            _keep_in_hand(one, followed)
        faults = sorted({*found.faults, *sent.broken})
        report = TickReport(planned, sent, followed, needs_review, faults, held, halt, swept)
        typer.echo(as_json(report) if json_ else as_text(report))
        _name(report.faults, found)
        if unrecorded is not None:
            raise Failure(f"{unrecorded}\n{_LATER}", WORLD)
        told.check()
    if halt is not None:
        typer.echo(f"{halt.words} {REMEDY}", err=True)
    if report.faults or halt is not None:
        raise typer.Exit(NO)


def _keep_in_hand(one: "Tick", planned: "PlanReport") -> None:
    """Whoever has nothing ahead, now that the planner ended their cadence, is seen to at once."""
    from contacts.workspace.closing import keep_in_hand

    keep_in_hand(one.engine, one.settings, planned.ended, now=one.now)


def _sweep(one: "Tick", found: "Plannable") -> "Swept | None":
    """Once a day, where the care flow does not; a pass as of another time leaves no proof."""
    from contacts.workspace.sweeping import WorkspacePlanner, sweep_if_due
    from contacts.workspace.watching import DAILY

    paused = last_known_paused(one.settings)
    planner = WorkspacePlanner(one.engine, one.settings, one.now, found, paused)
    return sweep_if_due(planner, every=DAILY)


def _send(one: "Tick", told: "Stopping", *, rehearsal: bool) -> "tuple[SendReport, Halt | None]":
    """What was sent, or why nothing was: after downtime a person must say so first."""
    from contacts.delivery.pausing.halt import Halt
    from contacts.delivery.pausing.resume import begin_pass
    from contacts.delivery.reports import SendReport

    paused = last_known_paused(one.settings)
    waiting = _Waiting(timedelta(minutes=one.settings.send_minutes))
    going = partial(one.send, paused=paused, go_on=lambda: not told.told, on_wait=waiting)
    if rehearsal:  # a pass as of another time is no sign of life
        return asyncio.run(going()), None
    pace = begin_pass(one.engine, one.settings, now=one.now)
    if isinstance(pace, Halt):
        return SendReport(), pace
    if pace is not None:
        typer.echo(pace.words, err=True)
    return asyncio.run(going(pace=pace)), None


def _end_unsent(
    report: TickReport, found: "Plannable", settings: Settings, *, json_: bool
) -> NoReturn:
    why = _NO_STANDIN.format(settings.standin_url)
    if json_:
        typer.echo(as_json(report, could_not_send=why))
    _name(report.faults, found)
    raise Failure(f"planned, and sent nothing: {why}", WORLD)


def _finish(
    one: "Tick",
    found: "Plannable",
    sent: "SendReport",
    told: "Stopping",
    *,
    began: datetime,
    is_real: bool,
) -> "tuple[PlanReport | None, RecordError | None]":
    """What was planned after what was sent, and what kept it from the record.

    It is given back, not raised: what has left must be told all the same.
    """
    from contacts.delivery.pausing.resume import end_pass
    from contacts.record.clock import present

    try:
        if is_real:
            end_pass(one.engine, one.settings, now=present(one.engine))
        if told.told:
            return None, None
        return _plan_on(one, found, sent, after=datetime.now(UTC) - began), None
    except RecordError as error:
        return None, error


def _plan_on(
    one: "Tick", found: "Plannable", sent: "SendReport", *, after: timedelta
) -> "PlanReport":
    """Plan what follows; sending was over so long after the instant of the pass."""
    return one.plan_on(
        found.cadences,
        sent,
        some_held=bool(found.held),
        paused=last_known_paused(one.settings),
        now=one.now + after,
    )


class _Waiting:
    """Says once that a sender's rate keeps the pass waiting, and for how long."""

    def __init__(self, most: timedelta) -> None:
        self._most = most
        self._is_said = False

    def __call__(self, left: timedelta) -> None:
        if self._is_said:
            return
        self._is_said = True
        how_long = f"for up to {_span(self._most)}"
        if left < self._most / 2:
            how_long = f"for some {_span(left)}, {_span(self._most)} at most"
        typer.echo(
            f"More is due than a sender's rate allows at once: sending goes on {how_long}. "
            "Ctrl-C ends it, and what is left stays planned.",
            err=True,
        )


def _span(time: timedelta) -> str:
    seconds = math.ceil(time.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def _name(faults: "Sequence[Fault]", found: "Plannable") -> None:
    for line in held_lines(found, faults):
        typer.echo(line, err=True)


def _name_gone(gone: "Sequence[Gone]") -> None:
    from contacts.workspace.gone import REMEDY

    for one in gone:
        typer.echo(f"{one.words}; {REMEDY}.", err=True)


def _instant(at: str | None, settings: Settings) -> datetime | None:
    if at is None:
        return None
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Failure(
            f"--at {at}: not an instant; write it like 2026-11-20T09:00:00Z", REFUSED
        ) from None
    if instant.tzinfo is None:
        raise Failure(
            f"--at {at}: names no zone; write it like {instant:%Y-%m-%dT%H:%M}Z for UTC, or with "
            "an offset",
            REFUSED,
        )
    if settings.email_is_live or settings.sms_is_live:
        raise Failure(
            "--at rehearses another time, and a provider is live: customers would receive it now. "
            "Leave out --at, or the credentials.",
            REFUSED,
        )
    return instant.astimezone(UTC)
