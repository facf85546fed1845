"""How the demo names its folder, its files and the command, as they are reached from here."""

import os
import shlex
import sys
from pathlib import Path
from shutil import which


def shown(path: Path) -> str:
    """The path from the current folder where it lies in it, else the whole one."""
    whole, here = path.resolve(), _here()
    if here is not None and whole != here and whole.is_relative_to(here):
        return str(whole.relative_to(here))
    return str(whole)


def typed(path: Path) -> str:
    """The same for a command line."""
    return shlex.quote(shown(path))


def touchline() -> str:
    """How this very program is called here.

    `make demo` runs us out of a virtual environment that is not active in the caller's shell, and
    another `touchline` may be on the PATH.
    """
    script = _script()
    found = which("touchline")
    if found is not None and Path(found).resolve() == script.resolve():
        return "touchline"
    here = _here()
    if here is not None and script.is_relative_to(here):
        return shlex.quote(str(script.relative_to(here)))
    return shlex.quote(str(script))


def _script() -> Path:
    """The console script that runs us, or the one beside our Python."""
    called = Path(os.path.abspath(sys.argv[0]))
    if called.name == "touchline" and called.is_file():
        return called
    return Path(os.path.abspath(sys.executable)).with_name("touchline")


def _here() -> Path | None:
    """The folder in which our reader stands; None where `make -C` took us elsewhere."""
    told = os.environ.get("PWD")
    here = Path.cwd()
    if told is not None and Path(told).is_dir() and not Path(told).samefile(here):
        return None
    return here
