"""`touchline up`: everything a workspace needs, running until Ctrl-C."""

from typing import Annotated

import typer

from flows.workspace import record_of, settings_of


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

    Sends through the stand-in until the providers' credentials are set. Ctrl-C stops everything.
    """
    from contacts.workspace.files import load_cadences
    from flows.running.stopping import stopping
    from flows.running.supervisor import supervise

    with stopping() as told:
        settings = settings_of(context)
        record_of(settings).dispose()
        cadences = load_cadences(settings.workspace / "cadences")
        names = [loaded.cadence.name for loaded in cadences]
        supervise(settings, names, told, workers=workers)
