"""Folders for their owner alone."""

from pathlib import Path


def make_private(folder: Path) -> None:
    """Make the folder, and each above it that is missing; those that are there stay as they are.

    `Path.mkdir` gives the missing ones above the mode of any folder.
    """
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
