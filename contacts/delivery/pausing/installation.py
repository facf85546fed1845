"""Which installation this is: an id and a count of its signs of life, kept in its own folder.

They are outside of the record on purpose. A record that was put back from a backup knows fewer
signs of life than the folder; a copied folder lies elsewhere on the disk than it says.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from contacts.settings import Settings

_MACHINE = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Installation:
    """What the folder, or the setting `installation`, says of itself."""

    id: str | None
    """None before the first pass."""
    beats: int = 0
    """How many signs of life it gave, as far as this folder knows."""
    last_at: datetime | None = None
    copied: bool = False
    """Whether the folder is a copy of the one that was given this id."""


def installation_of(settings: Settings) -> Installation:
    """What is known of this installation; nothing is written."""
    known = _read(_pulse_file(settings))
    beats = known["beats"] if isinstance(known.get("beats"), int) else 0
    last_at = _instant(known.get("at"))
    if settings.installation:
        return Installation(settings.installation, beats, last_at)
    file = _id_file(settings)
    said = _read(file)
    if not isinstance(said.get("id"), str):
        return Installation(None, beats, last_at)
    return Installation(said["id"], beats, last_at, copied=_is_copy(file, said))


def named_installation(settings: Settings, *, anew: bool = False) -> Installation:
    """This installation, given an id if it has none; `anew` gives a copy an id of its own."""
    found = installation_of(settings)
    if settings.installation or (found.id is not None and not anew):
        return found
    _write_id(_id_file(settings), replace=anew)
    return installation_of(settings)


def keep_pulse(settings: Settings, beats: int, *, at: datetime) -> None:
    """Remember a sign of life that is on record by now.

    It is written after the record, so that an end in between never looks like a restored backup.
    """
    file = _pulse_file(settings)
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    aside.write_text(json.dumps({"beats": beats, "at": at.isoformat()}), encoding="ascii")
    aside.replace(file)


def _id_file(settings: Settings) -> Path:
    return settings.state / "installation.json"


def _pulse_file(settings: Settings) -> Path:
    return settings.state / "pulse.json"


def _read(file: Path) -> dict[str, Any]:
    """The object in the file; an absent or damaged one says nothing."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _instant(said: object) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(said).astimezone(UTC) if isinstance(said, str) else None
    return None


def _write_id(file: Path, *, replace: bool) -> None:
    """Write the file with its own place on the disk in it; another process may be first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = file.with_name(f"{file.name}.{os.getpid()}")
    with aside.open("w", encoding="ascii") as output:
        place = {"inode": os.fstat(output.fileno()).st_ino, "machine": _machine()}
        json.dump({"id": uuid4().hex} | place, output)
    if replace or (file.exists() and "id" not in _read(file)):
        aside.replace(file)  # a move within a folder keeps the place on the disk
        return
    try:
        os.link(aside, file)
    except FileExistsError:
        pass  # its id counts, not ours
    except OSError:  # a file system without links
        aside.replace(file)
    aside.unlink(missing_ok=True)


def _is_copy(file: Path, said: dict[str, Any]) -> bool:
    elsewhere = said.get("inode") != file.stat().st_ino
    machine, here = said.get("machine"), _machine()
    return elsewhere or bool(machine and here and machine != here)


def _machine() -> str:
    """The machine's own id, where it has one; a host's name changes with its network."""
    try:
        return _MACHINE.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
