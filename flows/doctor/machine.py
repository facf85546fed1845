"""Python and the libraries, the disk, and who may read and write the workspace."""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from contacts.record.upkeep.health import Finding, Verdict
from contacts.settings import KEY_FILE, Settings

_GIB = 1024**3
_LITTLE, _TOO_LITTLE = 1 * _GIB, _GIB // 10
_SHOWN = ("prefect", "sqlalchemy", "fastapi", "sendgrid", "twilio")


def machine_findings(settings: Settings) -> Iterator[Finding]:
    """What this machine is like, whatever else is down."""
    yield Finding("python", Verdict.OK, platform.python_version())
    yield from _libraries()
    yield _zone_data()
    yield _disk(settings)
    yield from _permissions(settings)


def _libraries() -> Iterator[Finding]:
    """Whether what is installed is what Touchline was made for, by its own metadata."""
    from packaging.requirements import Requirement

    wrong = False
    for line in requires("touchline") or ():
        needed = Requirement(line)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            found = "is not installed"
        if found[:1].isdigit() and needed.specifier.contains(found, prereleases=True):
            continue
        wrong = True
        said = f"{needed.name} {found}; it takes {needed.specifier or 'any version'}"
        yield Finding(
            "libraries", Verdict.FAIL, said, "pip install --require-hashes -r requirements.txt"
        )
    if not wrong:
        shown = ", ".join(f"{name} {version(name)}" for name in _SHOWN)
        yield Finding("libraries", Verdict.OK, shown)


def _zone_data() -> Finding:
    found = version("tzdata")
    return Finding("zone data", Verdict.OK, f"tzdata {found}")


def _disk(settings: Settings) -> Finding:
    folder = settings.state if settings.state.exists() else settings.workspace
    free = shutil.disk_usage(folder).free
    said = f"{free / _GIB:.1f} GiB free"
    if free >= _LITTLE:
        return Finding("disk", Verdict.OK, said)
    verdict = Verdict.WARN if free >= _TOO_LITTLE else Verdict.FAIL
    return Finding("disk", verdict, said, "make room: on a full disk nothing is sent")


def _permissions(settings: Settings) -> Iterator[Finding]:
    folder = settings.state if settings.state.exists() else settings.workspace
    if os.access(folder, os.W_OK | os.X_OK):
        yield Finding("folder", Verdict.OK, f"{folder} can be written")
    else:
        said = f"{folder} cannot be written by this user"
        yield Finding("folder", Verdict.FAIL, said, f"chown or chmod u+rwx {folder}")
    for file in (settings.workspace / ".env", settings.state / KEY_FILE):
        if file.exists() and file.stat().st_mode & 0o077:
            said = f"others on this machine may read {file.name}, which holds secrets"
            yield Finding("secrets", Verdict.WARN, said, f"chmod 600 {file}")
