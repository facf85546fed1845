"""`touchline resume`: what would go out after a pause, and letting sending go on."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from contacts.workspace.paused import last_known_paused
from flows.coming_back import Answer, as_json, as_text
from flows.failure import in_lines
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:  # what plans and sends takes a second to import
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from contacts.cadences.faults import Fault
    from contacts.delivery.pausing.forecast import Forecast
    from contacts.delivery.pausing.halt import Halt
    from contacts.delivery.pausing.restored import FilledIn
    from contacts.settings import Settings


def command(
    context: typer.Context,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show what would go out; send nothing.")
    ] = False,
    restored: Annotated[
        bool,
        typer.Option(
            "--restored",
            help="The record was put back from a backup, also where that was not noticed.",
        ),
    ] = False,
    send_unchecked: Annotated[
        bool,
        typer.Option(
            "--send-unchecked",
            help="After a backup: send also what may have left already and nobody can tell.",
        ),
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let sending go on after downtime, a restored backup or a copy; slowly, if much waits.

    With --plan it only shows what would go out: per cadence and channel how much, when the first
    would leave, and what is skipped. What is due is planned first, as it is while sending waits.
    """
    from contacts.delivery.pausing.resume import go_on, halted
    from contacts.record.clock import present
    from flows.running.whose_standin import standin_answers

    settings = settings_of(context)
    if not plan:
        standin_answers(settings)  # its list of messages may be asked, and must be ours
    with record_for(settings) as engine:
        now = present(engine)
        work = _Work(engine, settings, now)
        halt = halted(engine, settings, now=now)
        if restored:
            halt = work.as_restored(halt)
        filled = None
        if halt is None or halt.lost_until is None or plan:
            work.plan()
        else:
            filled = asyncio.run(work.fill_in(halt, send_unchecked=send_unchecked))
        told = work.forecast(halt if filled is None else None)
        if halt is not None and not plan:
            go_on(engine, settings, halt.why, now=now)
    answer = Answer(told, halt, filled, is_plan=plan, send_unchecked=send_unchecked)
    typer.echo(as_json(answer) if json_ else as_text(answer))
    if faults := work.faults():
        typer.echo(in_lines(faults), err=True)


@dataclass(frozen=True, slots=True)
class _Work:
    engine: "Engine"
    settings: "Settings"
    now: datetime

    def as_restored(self, halt: "Halt | None") -> "Halt":
        from contacts.delivery.pausing.halt import Halt, Why
        from contacts.record.engine import reading
        from contacts.record.upkeep.heartbeats import known_beats

        if halt is not None:
            return halt if halt.loses_days else replace(halt, why=Why.RESTORED, folder_at=None)
        with reading(self.engine) as connection:
            beats = known_beats(connection)
        last = beats[0] if beats else None
        at, host = (last.at, last.host) if last else (None, "")
        return Halt(Why.RESTORED, at, host, self.now)

    def faults(self) -> "Sequence[Fault]":
        from contacts.workspace.plannable import plannable

        return plannable(self.settings).faults

    def plan(self) -> None:
        from contacts.delivery.planning.plan import plan
        from contacts.workspace.plannable import plannable

        found = plannable(self.settings)
        plan(
            self.engine,
            found.cadences,
            settings=self.settings,
            now=self.now,
            some_held=bool(found.held),
        )

    async def fill_in(self, halt: "Halt", *, send_unchecked: bool) -> "FilledIn":
        from contacts.delivery.pausing.restored import Desk, Lost, fill_in
        from contacts.delivery.ways_out import ways_out
        from contacts.messages.templates import templates_of

        assert halt.lost_until is not None  # noqa: S101  # callers ask first
        lost = Lost(halt.last_at, halt.lost_until, send_unchecked)
        async with ways_out(self.engine, self.settings, now=self.now) as outbox:
            templates = templates_of(self.settings)
            desk = Desk(self.engine, outbox, self.settings, templates, self.now)
            return await fill_in(desk, lost, plan=self.plan)

    def forecast(self, halt: "Halt | None") -> "Forecast":
        from contacts.delivery.pausing.forecast import forecast
        from contacts.messages.templates import templates_of

        return forecast(
            self.engine,
            settings=self.settings,
            templates=templates_of(self.settings),
            now=self.now,
            paused=last_known_paused(self.settings),
            lost_until=halt.lost_until if halt else None,
        )
