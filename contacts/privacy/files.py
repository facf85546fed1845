"""An erased customer's addresses in the workspace's files: masked in logs, named elsewhere."""

import mmap
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contacts.channels.mentioned import pattern

_NOT_OURS = frozenset({".git", ".venv", "node_modules", "__pycache__"})
_LOGS = "logs"
_MASK = b"*"
_BEGINNING = 8192
"""Bytes in which a file that is no text shows a zero."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address stands; `line` is None in what is no text."""

    path: Path
    line: int | None

    def __str__(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"


@dataclass(slots=True)
class Searched:
    """Every place that was found, and the files that could not be read."""

    places: list[Place] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)


def mask_logs(state: Path, addresses: Collection[str]) -> int:
    """Write stars over the addresses in the logs; return in how many files.

    They keep their length, for whoever writes into a log goes on at its end. Raises OSError.
    """
    folder = state / _LOGS
    if not addresses or not folder.is_dir():
        return 0
    return sum(_masked(path, addresses) for path in sorted(folder.rglob("*")) if path.is_file())


def search(workspace: Path, addresses: Collection[str], *, but: Collection[Path]) -> Searched:
    """Look for these addresses in the workspace's files, but for some of them."""
    found = Searched()
    for path in _files(workspace, found.unread) if addresses else ():
        if path in but:
            continue
        try:
            found.places += places_in(path, addresses)
        except OSError:
            found.unread.append(path)
    return found


def holds(path: Path, addresses: Collection[str]) -> bool:
    """Whether a file, of any size, has one of these addresses."""
    if path.stat().st_size == 0:
        return False
    with _mapped(path, "rb", mmap.ACCESS_READ) as content:
        return any(_bytes_of(one).search(content) for one in addresses)


def places_in(path: Path, addresses: Collection[str]) -> Iterator[Place]:
    """Every line that has one of these addresses; of what is no text only that it has one."""
    if not holds(path, addresses):
        return
    with path.open("rb") as file:
        if b"\0" in file.read(_BEGINNING):
            yield Place(path, None)
            return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if any(_bytes_of(one).search(line) for one in addresses):
                yield Place(path, number)


def _files(folder: Path, unread: list[Path]) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        unread.append(folder)
        return
    for path in entries:
        if path.is_symlink() or path.name in _NOT_OURS:
            continue
        if path.is_dir():
            yield from _files(path, unread)
        elif path.is_file():
            yield path


def _masked(path: Path, addresses: Collection[str]) -> bool:
    if not holds(path, addresses):
        return False
    with _mapped(path, "r+b", mmap.ACCESS_WRITE) as content:
        for address in addresses:
            for match in _bytes_of(address).finditer(content):
                content[match.start() : match.end()] = _MASK * (match.end() - match.start())
    return True


@contextmanager
def _mapped(path: Path, mode: str, access: int) -> Iterator[mmap.mmap]:
    with path.open(mode) as file, mmap.mmap(file.fileno(), 0, access=access) as content:
        yield content


def _bytes_of(address: str) -> re.Pattern[bytes]:
    as_text = pattern(address)
    return re.compile(as_text.pattern.encode(), as_text.flags & re.IGNORECASE)
