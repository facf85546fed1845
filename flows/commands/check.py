"""`touchline check`: every fault in cadences, messages and settings, with line and column."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacts.cadences.faults import Fault
from contacts.settings import SETTINGS_FILE, Settings, load_settings
from flows.failure import NO, REFUSED, Failure
from flows.workspace import settings_of

if TYPE_CHECKING:  # what renders messages takes a second to import
    from contacts.workspace.check import Checked


def command(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(help="A workspace, or a file or folder in one.", show_default=False),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check cadences, messages and settings; every fault with its file, line and column."""
    checked = _examined_whole(settings_of(context)) if path is None else _examined(context, path)
    faults = sorted(checked.faults)
    typer.echo(_as_json(checked, faults) if json_ else _as_text(checked, faults))
    if faults:
        raise typer.Exit(NO)


def _examined_whole(settings: Settings) -> "Checked":
    from contacts.workspace.check import examine

    return examine(settings)


def _examined(context: typer.Context, path: Path) -> "Checked":
    from contacts.workspace.check import examine_file

    if not path.exists():
        raise Failure(f"{path}: there is no such file or folder.", REFUSED)
    home = _workspace_of(path)
    if path.suffix == ".yaml" and path.is_file():
        return examine_file(path, _settings_for(context, home))
    if home is None:
        raise Failure(
            f"{path}: is no cadence file (.yaml), and no workspace: there is no {SETTINGS_FILE} in "
            "it or above it. 'touchline init DIR' makes a workspace.",
            REFUSED,
        )
    checked = _examined_whole(load_settings(home))
    return checked if home == path.absolute() else checked.within(path)


def _workspace_of(path: Path) -> Path | None:
    """The nearest folder, from the path upwards, that is a workspace."""
    whole = path.absolute()
    return next((one for one in (whole, *whole.parents) if (one / SETTINGS_FILE).is_file()), None)


def _settings_for(context: typer.Context, home: Path | None) -> Settings | None:
    """Of the workspace that a cadence file is in, else of the one named; a file may be alone."""
    if home is not None:
        return load_settings(home)
    named: Path = context.obj
    return load_settings(named) if (named / SETTINGS_FILE).is_file() else None


def _as_text(checked: "Checked", faults: list[Fault]) -> str:
    if faults:
        return "\n".join(
            f"{_near(one.path)}:{one.line}:{one.column}: {one.message}" for one in faults
        )
    cadences = _counted(len(checked.cadences), "cadence")
    return f"{cadences}, {_counted(len(checked.messages), 'message')}: no faults"


def _as_json(checked: "Checked", faults: list[Fault]) -> str:
    answer: dict[str, Any] = {
        "cadences": len(checked.cadences),
        "messages": len(checked.messages),
        "faults": [
            {
                "path": _near(fault.path),
                "line": fault.line,
                "column": fault.column,
                "message": fault.message,
            }
            for fault in faults
        ],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _near(path: str) -> str:
    """The path from the current folder where it lies in it."""
    whole, here = Path(path).absolute(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else path


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
