"""Texts that are registered for India, and whether what we wrote is one of them.

India's carriers let through an SMS that is word for word a text registered on their portals (DLT),
but for its variables. A business copies these texts, with the ids that the portal gave them, into
`templates/sms/dlt.toml`.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

REGISTER = "sms/dlt.toml"
LONGEST_VALUE = 40
"""Characters that a variable may hold; links may be longer."""

_LONGEST_LINK = 300
_ANYTHING = re.compile(r".*", re.DOTALL)
_NO_SPACE = re.compile(r"\S*")
_TAGS = {
    "var": _ANYTHING,
    "alphanumeric": _ANYTHING,
    "numeric": re.compile(r"[0-9]*"),
    "number": re.compile(r"[0-9]*"),
    "cbn": re.compile(r"[0-9+() -]*"),  # a number to call
    "email": _NO_SPACE,
    "url": _NO_SPACE,
    "urlott": _NO_SPACE,
}
_TAG = re.compile(r"\{?#(" + "|".join(_TAGS) + r")#\}?")
_ID = re.compile(r"[0-9]{10,25}")
_KEYS = {"id", "message", "text"}


class RegisterError(ValueError):
    """What is wrong with the file, and the words in it that are to be looked for."""

    def __init__(self, message: str, near: str = "") -> None:
        super().__init__(message)
        self.near = near


@dataclass(frozen=True, slots=True)
class Registered:
    """A text that the portal approved, in its fixed parts and the variables between them."""

    id: str
    message: str  # templates/sms/<message>
    parts: tuple[str, ...]
    tags: tuple[str, ...]  # one fewer

    def reach(self, text: str) -> int:
        """How many of its parts a text has, in their places; all, and one more, if it is this."""
        words = plain(text)
        ends = {len(self.parts[0])} if words.startswith(self.parts[0]) else set()
        if not ends:
            return 0
        for number, (tag, part) in enumerate(zip(self.tags, self.parts[1:], strict=True), 1):
            ends = {
                start + len(part)
                for end in ends
                for start in _starts(words, end, tag, part)
                if _TAGS[tag].fullmatch(words, end, start)
            }
            if not ends:
                return number
        return len(self.parts) + (len(words) in ends)

    def is_of(self, text: str) -> bool:
        return self.reach(text) > len(self.parts)

    def missed(self, text: str) -> str:
        """What a text that is not this one lacks first."""
        reached = self.reach(text)
        if reached < len(self.parts):
            part = self.parts[reached].strip()
            return f"lacks {part!r} where the registered one has it"
        return "goes on where the registered one ends"


def registered_texts(source: str) -> tuple[Registered, ...]:
    """Those of a register; RegisterError for one that cannot be."""
    try:
        content = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise RegisterError(str(error)) from None
    rows = content.pop("texts", [])
    if content or not isinstance(rows, list):
        raise RegisterError("holds [[texts]] alone, each with id, message and text")
    return tuple(_unlike(_registered(row) for row in rows))


def plain(text: str) -> str:
    """White space as the portals see it."""
    return " ".join(text.split())


def _starts(words: str, end: int, tag: str, part: str) -> Iterable[int]:
    """Where the part may begin behind a variable that begins at `end`."""
    room = _LONGEST_LINK if _TAGS[tag] is _NO_SPACE else LONGEST_VALUE
    last = min(end + room, len(words) - len(part))
    return (start for start in range(end, last + 1) if words.startswith(part, start))


def _registered(row: Any) -> Registered:
    if not isinstance(row, dict) or set(row) != _KEYS:
        raise RegisterError("each of [[texts]] has id, message and text, and nothing else")
    if not all(isinstance(value, str) for value in row.values()):
        raise RegisterError(f"text {row['id']}: write id, message and text in quotes", "id")
    identity, text = row["id"], row["text"]
    if not _ID.fullmatch(identity):
        raise RegisterError(
            f"{identity!r} is no template id; copy its digits from the portal", identity
        )
    found = _TAG.split(plain(text))
    parts, tags = tuple(found[::2]), tuple(found[1::2])
    if not any(parts):
        raise RegisterError(f"text {identity} has no words of its own", identity)
    if stray := re.search(r"\{#[^}]*\}?", "".join(parts)):
        known = ", ".join(f"{{#{tag}#}}" for tag in _TAGS)
        raise RegisterError(f"{stray[0]!r} is no variable; there are {known}", stray[0])
    return Registered(identity, row["message"], parts, tags)


def _unlike(texts: Iterable[Registered]) -> Iterable[Registered]:
    seen: set[str] = set()
    for one in texts:
        if one.id in seen:
            raise RegisterError(f"template id {one.id} is here twice", one.id)
        seen.add(one.id)
        yield one
