"""`touchline demo`: the main job in one go, on a simulated clock; then it stops."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.failure import REFUSED, Failure

_FOLDER = Path("demo")


def command(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="The demo's folder, as -w names it; made if it is not there.",
            show_default=str(_FOLDER),
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=365, metavar="N", help="How many days before today to live.")
    ] = 30,
) -> None:
    """Live thirty days of a sample business in about a minute, and show what came of them.

    A demo that is there is lived again with its own files: change a cadence and see what changes.
    """
    from flows.demo.story import tell_story

    folder = _folder(context, directory)
    tell_story(folder, today=datetime.now(UTC).date(), days=days)


def _folder(context: typer.Context, directory: Path | None) -> Path:
    """What DIR or -w names; a workspace of the environment is a business, and stays as it is."""
    from contacts.settings import SETTINGS_FILE

    workspace: Path | None = context.obj if _is_told(context) else None
    if directory is not None and workspace is not None and directory != workspace:
        context.fail(f"-w names {workspace} and DIR {directory}; name the demo's folder once")
    if (told := directory or workspace) is not None:
        return told
    if Path(SETTINGS_FILE).exists():
        raise Failure(
            "this folder is a workspace, and no demo is made inside one: 'touchline demo .' lives "
            "a demo that is here anew, 'touchline demo DIR' makes one elsewhere.",
            REFUSED,
        )
    return _FOLDER


def _is_told(context: typer.Context) -> bool:
    """Whether -w stands before or after the command."""
    assert context.parent is not None  # noqa: S101  # every command is run by the group
    sources = (
        context.parent.get_parameter_source("workspace"),
        context.get_parameter_source("_workspace"),
    )
    return any(source is not None and source.name == "COMMANDLINE" for source in sources)
