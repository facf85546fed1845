"""The `touchline` command: finds the workspace, runs one command, turns errors into plain lines.

Exit codes: 0 done; 1 the answer is no (faults found, someone stale); 2 wrong use or refused; 3 the
world failed (database, provider, port). Nothing heavy is imported before a command needs it.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from flows.failure import Failure, explain

COMMANDS = (
    "demo", "up", "init", "check", "preview", "import", "tick", "timeline", "stale", "log",
    "channel", "migrate",
)  # fmt: skip

app = typer.Typer(
    name="touchline",
    help="Keeps a business in touch with its customers, and keeps the record that proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def workspace_option(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace", "-w", envvar="TOUCHLINE_WORKSPACE", help="The business's folder."
        ),
    ] = Path(),
) -> None:
    context.obj = workspace


for _name in COMMANDS:
    _module = import_module(f"flows.commands.{_name.replace('import', 'import_')}")
    app.command(_name)(_module.command)


def main() -> None:
    """The console script."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # the one place that turns known errors into lines
        failure = explain(error)
        if failure is None:
            raise
        print(failure.message, file=sys.stderr)  # noqa: T201
        sys.exit(failure.exit_code)


__all__ = ["Failure", "app", "main"]
