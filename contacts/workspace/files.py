"""The cadence files of a workspace, read and checked: all of them, or those without a fault."""

import hashlib
import re
from pathlib import Path

from contacts.cadences.faults import Fault, FaultyFile
from contacts.cadences.load import parse_cadence
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import CONFIRM_CONSENT, NAME
from contacts.windows import USUAL, Weekly

SIZE_LIMIT = 256 * 1024
ENDING = ".yaml"
_TAKEN = f"'{CONFIRM_CONSENT}' is Touchline's own cadence (double_opt_in); name yours otherwise"

__all__ = [
    "LoadedCadence",
    "cadence_files",
    "load_cadence",
    "load_cadences",
    "misnamed",
    "readable_cadences",
    "sound_cadences",
]


def load_cadences(folder: Path, usual: Weekly = USUAL) -> list[LoadedCadence]:
    """Every cadence of the folder, by name; FaultyFile with all faults of all files.

    `usual` is, here and below, the window of cadences that say none.
    """
    loaded, faults = sound_cadences(folder, usual)
    if faults:
        raise FaultyFile(faults)
    return loaded


def sound_cadences(folder: Path, usual: Weekly = USUAL) -> tuple[list[LoadedCadence], list[Fault]]:
    """The cadences that can be read, by name, and the faults of all other files."""
    loaded: list[LoadedCadence] = []
    faults = misnamed(folder)
    for path in cadence_files(folder):
        try:
            loaded.append(load_cadence(path, usual))
        except FaultyFile as error:
            faults += error.faults
    return sorted(loaded, key=lambda one: one.cadence.name), sorted(faults)


def readable_cadences(folder: Path, usual: Weekly = USUAL) -> tuple[list[LoadedCadence], list[str]]:
    """Those that can be read, and the names of all, by which one that is mended goes on.

    FaultyFile with all faults where there are cadences and none can be read.
    """
    loaded, faults = sound_cadences(folder, usual)
    if faults and not loaded:
        raise FaultyFile(faults)
    files = {Path(fault.path).stem for fault in faults}
    named = {stem for stem in files if re.match(NAME, stem)}  # no other can be a cadence's
    return loaded, sorted(named | {one.name for one in loaded})


def load_cadence(path: Path, usual: Weekly = USUAL) -> LoadedCadence:
    """One cadence file; FaultyFile with all its faults."""
    if path.stem == CONFIRM_CONSENT:
        raise FaultyFile([Fault(str(path), 1, 1, _TAKEN)])
    content = _content(path)
    try:
        source = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        column = error.start - content[: error.start].rfind(b"\n")
        raise FaultyFile([Fault(str(path), line, column, "not UTF-8; save it as UTF-8")]) from None
    cadence = parse_cadence(source, str(path), usual=usual)
    return LoadedCadence(cadence, source, hashlib.sha256(content).hexdigest(), path)


def cadence_files(folder: Path) -> list[Path]:
    """The files that hold cadences; editors' hidden files are none."""
    return sorted(path for path in folder.glob(f"*{ENDING}") if not path.name.startswith("."))


def misnamed(folder: Path) -> list[Fault]:
    """A fault for every .yml file, which would otherwise be left out in silence."""
    message = f"rename it: a cadence's file ends in {ENDING}"
    return [Fault(str(path), 1, 1, message) for path in sorted(folder.glob("*.yml"))]


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        reason = (error.strerror or "no answer").lower()
        raise FaultyFile([Fault(str(path), 1, 1, f"cannot be read: {reason}")]) from None
    if len(content) > SIZE_LIMIT:
        message = f"too large; a cadence's file has at most {SIZE_LIMIT // 1024} KiB"
        raise FaultyFile([Fault(str(path), 1, 1, message)])
    return content
