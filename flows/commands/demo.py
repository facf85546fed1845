"""`touchline demo`: the main job in one go, on a simulated clock; then it stops."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def command(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The demo's folder; made if it is not there.")
    ] = Path("demo"),
    days: Annotated[
        int, typer.Option(min=1, max=365, metavar="N", help="How many days before today to live.")
    ] = 30,
) -> None:
    """Live thirty days of a sample business in about a minute, and show what came of them.

    A demo that is there is lived again with its own files: change a cadence and see what changes.
    """
    from flows.demo.story import tell_story

    tell_story(directory, today=datetime.now(UTC).date(), days=days)
