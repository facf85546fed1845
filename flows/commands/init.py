"""`touchline init`: makes a workspace with a small business in it, ready to be changed."""

import shlex
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from contacts.workspace.starter import NotEmpty, create_workspace
from flows.failure import Failure

CUSTOMERS = Path("data") / "customers.csv"


def command(
    directory: Annotated[Path, typer.Argument(
        metavar="DIR", help="A new or empty folder.", show_default=False)],
    quiet: Annotated[bool, typer.Option(
        "--quiet", "-q", help="Say what was made in one line, and not what to do next.")] = False,
) -> None:  # fmt: skip
    """Make a workspace: settings, cadences, texts and a year of a small business's data."""
    today = datetime.now().astimezone().date()
    try:
        made = create_workspace(directory, today=today)
    except NotEmpty as error:
        raise Failure(str(error)) from None
    typer.echo(f"{directory}: made {len(made)} files." if quiet else _report(directory, made))


def _report(directory: Path, made: list[Path]) -> str:
    place, data = (shlex.quote(str(one)) for one in (directory, directory / CUSTOMERS))
    cadences = sum(path.parent.name == "cadences" for path in made)
    return f"""\
{directory}: made {len(made)} files.
  touchline.toml   who you are, who your account owners are
  cadences/        {cadences} cadences: what to say, when, by which channel
  templates/       the words that are yours alone; they win over the built-in ones
  data/            customers and dealings of Nine Kettles, an invented coffee roaster

Next, type these one after the other:
  touchline -w {place} check
  touchline -w {place} import customers {data}
  touchline -w {place} preview onboarding hello --customer grace@copperfinch.example
And to see it live, with nothing leaving this machine:
  touchline -w {place} up"""
