"""Folders and files for their owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make the folder, and each above it that is missing; those that are there stay as they are.

    `Path.mkdir` gives the missing ones above the mode of any folder.
    """
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The file's content; made whole, by one process only, where it is not there or is empty.

    A disk that was full leaves an empty one.
    """
    found = content(path)
    if found.strip():
        return found
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        if not content(path).strip():
            draft.replace(path)
        # Else another process was first, and its file counts.
    except OSError:  # a file system without links
        draft.replace(path)
    draft.unlink(missing_ok=True)
    return path.read_bytes()


def content(path: Path) -> bytes:
    """What is in the file; nothing where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
