"""A form as somebody filled it in, shown again with what is wrong, at the field where it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from contacts.web.board.access import Sent
from contacts.web.numbers import day_in
from contacts.web.typed import typed

_OURS = ("form", "once", "back")
"""Fields that nobody fills in."""


class Wrong(Exception):
    """What was said cannot be written down; the message says why, `at` the field of it."""

    def __init__(self, problem: str, at: str = "") -> None:
        super().__init__(problem)
        self.at = at


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed, by field; empty for a form that is shown for the first time."""

    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    """The field in which something is wrong; empty: it is the form as a whole, or nothing."""
    problem: str = ""

    def of(self, name: str) -> "Filled":
        """Of several forms of a page, this one: blank where another was sent."""
        return self if self.name == name else BLANK

    def text(self, name: str, otherwise: str = "") -> str:
        return self.typed.get(name, otherwise)


BLANK = Filled()


def filled(sent: Sent, name: str, wrong: Wrong) -> Filled:
    """The form as it was sent, with its fault."""
    kept = {key: typed(value) for key, value in sent.fields.items() if key not in _OURS}
    return Filled(name, kept, wrong.at, str(wrong))


def day_of(sent: Sent, name: str) -> date | None:
    """The day in a field; None where it was left empty."""
    written = sent.text(name)
    found = day_in(written)
    if written and found is None:
        raise Wrong(f"{written[:20]} is no day; choose one.", name)
    return found


def sentence(error: Exception) -> str:
    """What the record says of why it refused, as people write it: no answer, for no_answer."""
    words = str(error).replace("_", " ")
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
