"""`touchline up`: everything a workspace needs, running until Ctrl-C."""

from typing import TYPE_CHECKING, Annotated

import typer

from flows.held import held_lines
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

    A cadence with a fault, in its file or in a message that it names, holds up only itself: it is
    named, and not planned until that is mended. Sends through the stand-in until the providers'
    credentials are set. Ctrl-C stops everything.

    It listens on loopback, at ports 4200 (Prefect), 8000 (web pages) and 4011 (stand-in); others
    are set by prefect_port, web_port and standin_port in touchline.toml, or TOUCHLINE_PREFECT_PORT
    and so on in the environment.
    """
    from contacts.workspace.files import readable_cadences
    from flows.running.stopping import stopping
    from flows.running.supervisor import supervise

    with stopping() as told:
        settings = settings_of(context)
        _tell_halt(settings)
        # Refused where none of them can be read.
        readable_cadences(settings.workspace / "cadences", settings.usual_hours)
        supervise(settings, _tell_held(settings), told, workers=workers)


def _tell_halt(settings: "Settings") -> None:
    """Open the record once, and say so if nothing will be sent, or was sent to nobody."""
    from contacts.delivery.pausing.halt import REMEDY
    from contacts.delivery.pausing.resume import halted
    from contacts.record.clock import present
    from contacts.record.engine import reading
    from contacts.record.sending.live import BEGIN_ANEW, refuse_rehearsal, rehearsed

    with record_for(settings) as engine:
        refuse_rehearsal(engine, settings)
        halt = halted(engine, settings, now=present(engine))
        with reading(engine) as connection:
            for said in rehearsed(connection, settings):
                typer.secho(f"{said[:1].upper()}{said[1:]}; {BEGIN_ANEW}.", fg="yellow")
    if halt is not None:
        typer.secho(f"Sending is paused. {halt.words} {REMEDY}", fg="yellow")


def _tell_held(settings: "Settings") -> list[str]:
    """Name what holds up cadences; how each cadence of the workspace is told in the banner."""
    from contacts.workspace.plannable import plannable

    found = plannable(settings)
    for line in held_lines(found):
        typer.secho(line, fg="yellow", err=True)
    held = [f"{name} (not planned, see above)" for name in sorted(found.held)]
    return [*(one.name for one in found.cadences), *held]
