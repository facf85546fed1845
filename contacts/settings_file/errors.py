"""What is wrong with a workspace's settings; light, since every command knows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SettingFault:
    """Its place is a file; an environment variable has none, and the message names it."""

    message: str
    path: Path | None = None
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}" if self.path else (
            self.message
        )  # fmt: skip


class SettingsError(Exception):
    """The workspace's settings cannot be used; the message names the place and the remedy."""

    def __init__(self, message: str, faults: Sequence[SettingFault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)

    @classmethod
    def of(cls, faults: Sequence[SettingFault]) -> "SettingsError":
        """The error of these faults, told one a line, those of the files in their order."""
        ordered = sorted(faults, key=lambda one: (str(one.path or ""), one.line, one.column))
        return cls("\n".join(str(one) for one in ordered), ordered)
