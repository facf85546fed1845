"""The messages that a workspace has of its own, and folders among them that are never read."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from contacts.cadences.faults import Fault

_KINDS = {"email": "email", "sms": "sms", "briefs": "brief", "documents": "document"}
"""The kind of message that each folder holds."""
_OTHERS = ("pages",)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def own_messages(templates: Path) -> Iterator[tuple[str, str]]:
    """Kind and name of every message in the workspace's `templates/`, used or not."""
    for folder, kind in _KINDS.items():
        for path in _folders(templates / folder):
            if _NAME.fullmatch(path.name):
                yield kind, path.name


def misplaced(templates: Path) -> Iterator[Fault]:
    """A fault for every folder that would be left out in silence."""
    for path in _folders(templates):
        if path.name not in (*_KINDS, *_OTHERS):
            near = get_close_matches(path.name.lower(), _KINDS, n=1)
            hint = (
                f"did you mean '{near[0]}'?"
                if near
                else "messages are in email, sms, briefs and documents"
            )
            yield Fault(str(path), 1, 1, f"this folder is never read; {hint}")
    for folder in _KINDS:
        for path in _folders(templates / folder):
            if not _NAME.fullmatch(path.name):
                message = (
                    "this folder is never read; name it in lower-case letters, digits, - and _"
                )
                yield Fault(str(path), 1, 1, message)


def _folders(place: Path) -> list[Path]:
    """The folders there, without shared parts (_base) and hidden ones."""
    if not place.is_dir():
        return []
    return sorted(
        path for path in place.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
    )
