"""What rendering gives back: a mail, a text message, a brief, or one clear line of error."""

from dataclasses import dataclass
from typing import Literal

from contacts.cadences.faults import Fault


@dataclass(slots=True)
class RenderedEmail:
    subject: str  # one line, never empty
    text: str
    html: str
    template: str  # "welcome/hi@1f0c93ab": name, language, digest of the files it came from


@dataclass(frozen=True, slots=True)
class RenderedSms:
    text: str
    encoding: Literal["GSM-7", "UCS-2"]
    segments: int  # what the provider bills
    template: str


@dataclass(frozen=True, slots=True)
class RenderedBrief:
    title: str  # one line, never empty
    text: str
    template: str


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    title: str  # one line, never empty
    html: str  # a whole page that needs nothing beside it
    template: str


class MessageError(Exception):
    """A message that cannot be loaded or rendered, with the place in its file."""

    def __init__(self, path: str, line: int, message: str, *, column: int = 1) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line  # from 1
        self.column = column  # from 1; also where nobody knows
        self.message = message

    def as_fault(self) -> Fault:
        """The same as `touchline check` would list it."""
        return Fault(self.path, self.line, self.column, self.message)
