"""An erased customer's addresses in the workspace's files: masked in logs, named elsewhere."""

import mmap
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from contacts.channels.mentioned import needles, pattern

_NOT_OURS = frozenset({".git", ".venv", "node_modules", "__pycache__"})
_LOGS = "logs"
_MASK = b"*"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address stands; `line` is None in what is no text."""

    path: Path
    line: int | None

    def __str__(self) -> str:
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"


def mask_logs(state: Path, addresses: Collection[str]) -> int:
    """Write stars over the addresses in the logs; return in how many files.

    They keep their length, for whoever writes into a log goes on at its end.
    """
    folder = state / _LOGS
    if not addresses or not folder.is_dir():
        return 0
    return sum(_masked(path, addresses) for path in sorted(folder.rglob("*")) if path.is_file())


def find(workspace: Path, addresses: Collection[str], *, but: Collection[Path]) -> list[Place]:
    """Every place in the workspace's files that has one of these addresses, but for some files."""
    if not addresses:
        return []
    paths = [path for path in _files(workspace) if path not in but]
    return [place for path in paths for place in places_in(path, addresses)]


def places_in(path: Path, addresses: Collection[str]) -> Iterator[Place]:
    """Every line that has one of these addresses; of what is no text only that it has one."""
    wanted = [one.casefold().encode() for one in needles(addresses)]
    seen_binary = False
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not any(one in line.lower() for one in wanted):
                continue
            if not _has_address(line, addresses):
                continue
            if b"\0" not in line:
                yield Place(path, number)
            elif not seen_binary:
                seen_binary = True
                yield Place(path, None)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in _NOT_OURS:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _has_address(line: bytes, addresses: Collection[str]) -> bool:
    text = line.decode("utf-8", "replace")
    return any(pattern(one).search(text) for one in addresses)


def _masked(path: Path, addresses: Collection[str]) -> bool:
    if path.stat().st_size == 0:
        return False
    found = False
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        for address in addresses:
            for match in re.finditer(_bytes_of(address), content):
                found = True
                content[match.start() : match.end()] = _MASK * (match.end() - match.start())
    return found


def _bytes_of(address: str) -> re.Pattern[bytes]:
    as_text = pattern(address)
    return re.compile(as_text.pattern.encode(), as_text.flags & re.IGNORECASE)
