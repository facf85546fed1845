"""A fault in a file that a person wrote: where it is, what is wrong, and what would be right."""

from dataclasses import dataclass

_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    path: str
    line: int  # from 1
    column: int  # from 1
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class FaultyFile(Exception):
    """A file that cannot be used, with every fault found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def shown(text: str) -> str:
    """What a person wrote, quoted for a message: in one line, and not more than fits there."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
