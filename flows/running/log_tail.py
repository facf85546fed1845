"""Reads the runner's log as it grows, for what runs say that they did or found wrong."""

import re
from pathlib import Path

_FAULT = re.compile(
    r"^(?P<time>\d\d:\d\d:\d\d)\.\d+ \| ERROR +\| Flow run .*? - Fault: (?P<said>.*)$"
)
_DONE = re.compile(r"^(?P<time>\d\d:\d\d:\d\d)\.\d+ \| INFO +\| Flow run .*? - Done: (?P<said>.*)$")
_BAD = re.compile(
    r"^(?P<time>\d\d:\d\d:\d\d)\.\d+ \| ERROR +\| Flow run '(?P<run>.*?)' - (?P<said>Finished .*)$"
)
_TOLD = re.compile(r"Finished in state Failed\(['\"]Not planned, for ")
"""The run has said so itself, and what is wrong, in words of ours."""


class LogTail:
    """Follows one file from its beginning; a file that is not there yet is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._rest = b""

    def finished_runs(self) -> list[str]:
        """One line for every run that ended since the last call."""
        return [said for line in self._new_lines() if (said := _said(line))]

    def _new_lines(self) -> list[str]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._position)
            data = file.read()
        self._position += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


def _said(line: str) -> str | None:
    if match := _DONE.match(line) or _FAULT.match(line):
        return f"{match['time']}  {match['said']}"
    if (match := _BAD.match(line)) and not _TOLD.match(match["said"]):
        return f"{match['time']}  {match['run']}: {match['said']}"
    return None
