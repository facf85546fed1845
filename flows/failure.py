"""Which exit code and which plain line an error becomes on the command line."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from contacts.cadences.faults import Fault, FaultyFile
from contacts.record.errors import (
    AccountRefused,
    ConsentRefused,
    ErasedCustomer,
    NoteRefused,
    OwnerRefused,
    RecordError,
    ReviewRefused,
    UnknownCustomer,
    UnknownTask,
)
from contacts.settings_file.errors import SettingFault, SettingsError

NO, REFUSED, WORLD = 1, 2, 3
WRITABLE = "make it writable, or name another folder"
"""The remedy where a folder takes no files."""


class Failure(Exception):
    """A command cannot go on; `message` names the place and the remedy."""

    def __init__(self, message: str, exit_code: int = REFUSED) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class _Known:
    error: type[Exception]
    exit_code: int


_KNOWN = (
    _Known(SettingsError, REFUSED),
    _Known(FaultyFile, NO),
    _Known(UnknownCustomer, REFUSED),
    _Known(ErasedCustomer, REFUSED),
    _Known(UnknownTask, REFUSED),
    _Known(NoteRefused, REFUSED),
    _Known(ReviewRefused, REFUSED),
    _Known(ConsentRefused, REFUSED),
    _Known(AccountRefused, REFUSED),
    _Known(OwnerRefused, REFUSED),
    _Known(RecordError, WORLD),
    _Known(OSError, WORLD),
)


def explain(error: Exception) -> Failure | None:
    """The failure that a known error stands for; None for a bug, which is left to fly."""
    if isinstance(error, Failure):
        return error
    for known in _KNOWN:
        if isinstance(error, known.error):
            return Failure(_line(error), known.exit_code)
    return None


def in_lines(faults: Iterable[Fault | SettingFault]) -> str:
    """One line for each fault, its file named from the current folder where it lies in it."""
    return "\n".join(str(_nearby(one)) for one in faults)


def near(path: Path | str) -> str:
    """The path from the current folder where it lies in it."""
    whole, here = Path(path).absolute(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)


def _nearby(fault: Fault | SettingFault) -> Fault | SettingFault:
    if isinstance(fault, Fault):
        return replace(fault, path=near(fault.path))
    return replace(fault, path=Path(near(fault.path))) if fault.path else fault


def _line(error: Exception) -> str:
    if isinstance(error, FaultyFile | SettingsError) and error.faults:
        return in_lines(error.faults)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'system'}: {error.strerror.lower()}{_remedy(error)}"
    return str(error)


def _remedy(error: OSError) -> str:
    if error.filename is not None and error.errno in (errno.EACCES, errno.EPERM):
        return "; give the user that runs this permission to read and write it"
    if error.errno == errno.EROFS:
        return f"; {WRITABLE}"
    if error.errno == errno.ENOSPC:
        return "; make room on its disk"
    return ""
