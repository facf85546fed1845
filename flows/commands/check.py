"""`touchline check`: every fault in cadences, messages and settings, with line and column."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacts.record.errors import RecordError
from contacts.settings_file.errors import SettingsError
from contacts.wording import so_many
from flows.failure import NO, REFUSED, Failure, in_lines, near
from flows.workspace import (
    customers_abroad,
    gone_cadences,
    left_behind,
    settings_of,
    strange_regions,
)

if TYPE_CHECKING:  # what renders messages takes a second to import
    from collections.abc import Sequence

    from contacts.cadences.facts import Facts
    from contacts.cadences.faults import Fault
    from contacts.settings import Settings
    from contacts.settings_file.errors import SettingFault
    from contacts.workspace.check import Checked

_REGIONS = 10
"""Of those that are told; the rest are counted."""


def command(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH", help="A workspace, or a file or folder in one.", show_default=False
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check cadences, messages and settings; every fault with its file, line and column."""
    try:
        checked = _examined(context, path) if path else _examined_whole(settings_of(context))
    except SettingsError as error:
        if not error.faults:
            raise  # there is no workspace
        _tell(error.faults, (0, 0), as_json=json_)
        raise typer.Exit(NO) from None
    faults = sorted(checked.faults)
    _tell(faults, (len(checked.cadences), len(checked.messages)), as_json=json_)
    if faults:
        raise typer.Exit(NO)


def _examined_whole(settings: "Settings") -> "Checked":
    from contacts.workspace.check import examine

    abroad = _customers_abroad(settings)
    _tell_left_behind(settings)
    _tell_strange_regions(settings)
    _tell_gone(settings)
    return examine(settings, abroad)


def _examined(context: typer.Context, path: Path) -> "Checked":
    from contacts.settings import SETTINGS_FILE, load_settings
    from contacts.workspace.check import examine_file

    if not path.exists():
        here = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise Failure(f"{path}: there is no such file or folder{here}.", REFUSED)
    home = _workspace_of(path)
    if path.suffix == ".yaml" and path.is_file():
        settings = _settings_for(context, home)
        return examine_file(path, settings, _customers_abroad(settings) if settings else ())
    if home is None:
        raise Failure(
            f"{path}: is no cadence file (.yaml), and no workspace: there is no {SETTINGS_FILE} in "
            "it or above it. 'touchline init DIR' makes a workspace.",
            REFUSED,
        )
    checked = _examined_whole(load_settings(home))
    return checked if home == path.absolute() else checked.within(path)


def _customers_abroad(settings: "Settings") -> "Sequence[Facts]":
    """Those on record; a workspace is checked as well while its database is away."""
    try:
        return customers_abroad(settings, datetime.now(UTC))
    except RecordError as error:
        typer.echo(f"warning: nobody on record was looked at: {error}", err=True)
        return ()


def _tell_left_behind(settings: "Settings") -> None:
    """Customers of nobody are no fault of a file, and nobody looks after them."""
    from flows.doctor.owners import left_words

    with suppress(RecordError):  # told already
        for one in left_behind(settings):
            typer.echo(f"warning: {left_words(one)}", err=True)


def _tell_strange_regions(settings: "Settings") -> None:
    """No fault of a file of the workspace either; their import told it once."""
    with suppress(RecordError):  # told already
        found = strange_regions(settings)
        found.sort(key=lambda told: told[0].customers, reverse=True)
        for one, problem in found[:_REGIONS]:
            of = so_many(one.customers, "active customer")
            typer.echo(f"warning: region of {of}: {problem}", err=True)
        if rest := found[_REGIONS:]:
            of = so_many(sum(one.customers for one, _ in rest), "active customer")
            typer.echo(f"warning: {so_many(len(rest), 'more such region')}, of {of}", err=True)


def _tell_gone(settings: "Settings") -> None:
    """A file that was deleted has no place to name, and customers wait for it."""
    from contacts.workspace.gone import REMEDY

    with suppress(RecordError):  # told already
        for one in gone_cadences(settings):
            typer.echo(f"warning: {one.words}; {REMEDY}", err=True)


def _workspace_of(path: Path) -> Path | None:
    """The nearest folder, from the path upwards, that is a workspace."""
    from contacts.settings import SETTINGS_FILE

    whole = path.absolute()
    return next((one for one in (whole, *whole.parents) if (one / SETTINGS_FILE).is_file()), None)


def _settings_for(context: typer.Context, home: Path | None) -> "Settings | None":
    """Of the workspace that a cadence file is in, else of the one named; a file may be alone."""
    from contacts.settings import SETTINGS_FILE, load_settings

    if home is not None:
        return load_settings(home)
    named: Path = context.obj
    return load_settings(named) if (named / SETTINGS_FILE).is_file() else None


def _tell(
    faults: "Sequence[Fault | SettingFault]", counts: tuple[int, int], *, as_json: bool
) -> None:
    cadences, messages = counts
    if as_json:
        told = [_as_data(one) for one in faults]
        answer = {"cadences": cadences, "messages": messages, "faults": told}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    elif faults:
        typer.echo(in_lines(faults))
    else:
        typer.echo(f"{so_many(cadences, 'cadence')}, {so_many(messages, 'message')}: no faults")


def _as_data(fault: "Fault | SettingFault") -> dict[str, Any]:
    """A fault of an environment variable has no path; its message names the variable."""
    return {
        "path": near(fault.path) if fault.path else None,
        "line": fault.line,
        "column": fault.column,
        "message": fault.message,
    }
