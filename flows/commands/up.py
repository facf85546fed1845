"""`touchline up`: everything a workspace needs, running until Ctrl-C."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.failure import in_lines
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from contacts.settings import Settings


def command(
    context: typer.Context,
    workers: Annotated[
        int,
        typer.Option(
            min=0, max=32,
            help="Prefect workers that send at the same time. More than two need PostgreSQL.",
            show_default="0: one send at a time, by the flow runner",
        ),
    ] = 0,
) -> None:  # fmt: skip
    """Run the workspace: Prefect with its UI, the web pages, the flows on their schedules.

    A cadence whose messages have a fault is told, and not planned until they are mended. Sends
    through the stand-in until the providers' credentials are set. Ctrl-C stops everything.
    """
    from contacts.workspace.files import load_cadences
    from flows.running.stopping import stopping
    from flows.running.supervisor import supervise

    with stopping() as told:
        settings = settings_of(context)
        _tell_halt(settings)
        cadences = load_cadences(settings.workspace / "cadences")
        _tell_held(settings)
        names = [loaded.cadence.name for loaded in cadences]
        supervise(settings, names, told, workers=workers)


def _tell_halt(settings: "Settings") -> None:
    """Open the record once, and say so if nothing will be sent."""
    from contacts.delivery.halt import REMEDY
    from contacts.delivery.resume import halted

    with record_for(settings) as engine:
        halt = halted(engine, settings, now=datetime.now(UTC))
    if halt is not None:
        typer.secho(f"Sending is paused. {halt.words} {REMEDY}", fg="yellow")


def _tell_held(settings: "Settings") -> None:
    """Their files can be read, but what would be planned of them could not be written."""
    from contacts.workspace.plannable import plannable

    found = plannable(settings)
    if found.held:
        typer.secho(in_lines(found.faults), fg="yellow", err=True)
        names = ", ".join(sorted(found.held))
        typer.secho(f"Not planned until that is mended: {names}.", fg="yellow", err=True)
