"""The `touchline` command: finds the workspace, runs one command, turns errors into plain lines.

Exit codes: 0 done; 1 the answer is no (faults found, someone stale); 2 wrong use or refused; 3 the
world failed (database, provider, port). A command's module is imported when the command is asked
for, and imports what is heavy when it runs, so that `--help` answers at once.
"""

import re
import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "demo": "Live thirty days of a sample business, then stop.",
    "up": "Run flows, Prefect's UI and the web pages until Ctrl-C.",
    "init": "Make a workspace with a small business in it.",
    "check": "Find every fault in cadences, messages and settings.",
    "preview": "Show what a step says to a customer; send nothing.",
    "import": "Take in customers, orders, contracts, benefits by CSV.",
    "tick": "Plan and send what is due, once, without Prefect.",
    "timeline": "Show what happened with a customer, and what is next.",
    "stale": "Prove that nobody goes stale, or list who does.",
    "signals": "List who orders otherwise than usual, and why.",
    "owner": "Say who is away, who stands in; hand over customers.",
    "recap": "Show what a customer got; write a page of it.",
    "log": "Record a call, a visit, a note or a benefit.",
    "consent": "Show what a customer agreed to; give or withdraw it.",
    "review": "List messages in doubt and unread answers; settle one.",
    "channel": "Show which channels may send; open or close one.",
    "resume": "Show what goes out after a pause, and let it.",
    "doctor": "Look at everything it needs, and say the remedy.",
    "privacy": "Give a customer all we hold, or erase it.",
    "account": "Say who may sign in to the board.",
    "migrate": "Bring the record's tables up to date.",
}
"""Each command in a line of the help; its own `--help` says the rest."""

_WrongUse: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for any wrong use; it lends out only this subclass of it."""

_PLAIN_WORDS = (
    (r"Input should be a valid integer, .*", "write a whole number"),
    (r"Input should be greater than or equal to (\S+)", r"write \1 or more"),
    (r"Input should be less than or equal to (\S+)", r"write \1 or less"),
)
"""What the validator says of a number, and what people read instead."""

_WITHOUT_WORKSPACE = ("init",)
"""They are told a folder of their own."""
_GROUPS = ("owner", "privacy", "account")
"""They have commands of their own."""


class _Commands(TyperGroup):
    """The commands of the table, each imported when it is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # ours is the public name of that class
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # as above
        if cmd_name in COMMANDS:
            return _command(cmd_name)
        near = get_close_matches(cmd_name, COMMANDS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(COMMANDS)}"
        return ctx.fail(f"There is no command '{cmd_name}'; {hint}")

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # as above
        return super().parse_args(ctx, args or ["--help"])

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # as above
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    name="touchline",
    cls=_Commands,
    help="Keeps a business in touch with its customers, and keeps the record that proves it.",
    epilog="'touchline COMMAND --help' says more. -w may stand before the command or after it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"touchline {version('touchline')}")
        raise typer.Exit


@app.callback()
def _before_the_command(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace", "-w", metavar="DIR", envvar="TOUCHLINE_WORKSPACE",
            help="The business's folder.", show_default="the current folder",
        ),
    ] = Path(),
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version."),
    ] = False,
) -> None:  # fmt: skip
    context.obj = workspace


def main() -> None:
    """The console script."""
    try:
        sys.exit(app(prog_name="touchline", standalone_mode=False))
    except KeyboardInterrupt:
        sys.exit(130)
    except typer.Abort:  # Ctrl-C or the end of input, where something was asked
        print("\nStopped: nothing was changed.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except _WrongUse as error:
        print(_in_two_lines(error), file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except Exception as error:  # the one place that turns known errors into lines
        from flows.failure import explain  # it knows every room's errors

        failure = explain(error)
        if failure is None:
            raise
        print(failure.message, file=sys.stderr)  # noqa: T201
        sys.exit(failure.exit_code)


def _in_two_lines(error: Any) -> str:
    """What is wrong with how a command was used, and how it is used."""
    said = " ".join(error.format_message().replace("Value error, ", "").split())
    for validators, ours in _PLAIN_WORDS:
        said = re.sub(validators, ours, said)
    if known := getattr(error.ctx and error.ctx.command, "commands", None):
        said = re.sub(r"^Missing command\.$", f"say one of {', '.join(known)}.", said)
    if error.ctx is None:
        return f"touchline: {said}"
    usage = error.ctx.get_usage()
    return f"{error.ctx.command_path}: {said[:1].lower()}{said[1:]}\n{' '.join(usage.split())}"


def _command(name: str) -> Any:
    module = import_module(f"flows.commands.{name.replace('import', 'import_')}")
    if name in _GROUPS:
        group: Any = get_command(module.app)
        for command in (group, *group.commands.values()):
            command.params += _made_by_typer(_after_the_command, "workspace").params
        return group
    command = _made_by_typer(module.command, name)
    if name not in _WITHOUT_WORKSPACE:
        command.params += _made_by_typer(_after_the_command, "workspace").params
    return command


def _made_by_typer(function: Any, name: str) -> Any:
    single = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    single.command(name)(function)
    return get_command(single)


def _take_workspace(context: typer.Context, folder: Path | None) -> None:
    if folder is not None:
        context.obj = folder


def _after_the_command(
    _workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", metavar="DIR", callback=_take_workspace, expose_value=False,
            help="The business's folder, as before the command.", show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Only its option is used: each command takes it as well."""
