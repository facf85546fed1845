"""An append-only file of JSON lines, written in groups; a line counts once it is written."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson


class Journal:
    """One open file. `durable` waits for the disk before a line counts as written."""

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        self._path = path
        self._durable = durable
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = self._cut_torn_line()
        self._waiting: list[tuple[bytes, asyncio.Future[int]]] = []
        self._writer: asyncio.Task[None] | None = None

    def append(self, entry: dict[str, Any]) -> "asyncio.Future[int]":
        """Write `entry` with whatever else waits; the future gives its place in the file."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[int] = loop.create_future()
        self._waiting.append((orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE), written))
        if self._writer is None:
            self._writer = loop.create_task(self._write_groups())
        return written

    def read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every line with its place."""
        place = 0
        with self._path.open("rb") as file:
            for line in file:
                yield place, orjson.loads(line)
                place += len(line)

    def read_at(self, place: int) -> dict[str, Any]:
        with self._path.open("rb") as file:
            file.seek(place)
            entry: dict[str, Any] = orjson.loads(file.readline())
        return entry

    async def rewrite(self, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Put a changed file in the place of this one; an entry that becomes None is left out.

        The places of all entries change with it.
        """
        while self._writer is not None:  # another may have begun when this one was over
            await self._writer
        kept = [changed for _, entry in self.read() if (changed := change(entry)) is not None]
        draft = self._path.with_name(f"{self._path.name}.new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in kept)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)
        os.close(self._file)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = self._path.stat().st_size

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer
        os.close(self._file)

    async def _write_groups(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                self._write(b"".join(line for line, _ in group))
                if self._durable:
                    await asyncio.to_thread(os.fdatasync, self._file)
            except OSError as error:
                self._fail(group, error)
            else:
                self._settle(group)
        self._writer = None

    def _write(self, lines: bytes) -> None:
        view = memoryview(lines)
        while view:
            view = view[os.write(self._file, view) :]

    def _settle(self, group: list[tuple[bytes, "asyncio.Future[int]"]]) -> None:
        for line, written in group:
            place, self._size = self._size, self._size + len(line)
            if not written.done():
                written.set_result(place)

    def _fail(self, group: list[tuple[bytes, "asyncio.Future[int]"]], error: OSError) -> None:
        os.ftruncate(self._file, self._size)  # nothing of a group that failed may count later
        for _, written in group:
            if not written.done():
                written.set_exception(error)

    def _cut_torn_line(self) -> int:
        """The size after the last whole line; what a crash left behind it goes."""
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.ftruncate(self._file, whole)
        return whole
