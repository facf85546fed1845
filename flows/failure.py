"""Which exit code and which plain line an error becomes on the command line."""

from dataclasses import dataclass

from contacts.cadences.faults import FaultyFile
from contacts.record.engine import RecordError
from contacts.record.unknown import UnknownCustomer, UnknownTask
from contacts.settings import SettingsError

NO, REFUSED, WORLD = 1, 2, 3


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
    _Known(UnknownTask, REFUSED),
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


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'system'}: {error.strerror.lower()}"
    return str(error)
