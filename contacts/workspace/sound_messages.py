"""Which messages were found sound, kept from one pass to the next: a look compiles them all.

Only soundness is remembered, and only until any file that it rests on is another one, or what
looks at them is: a message with a fault is looked at again by every pass, until it is mended.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from contacts.cadences.faults import Fault
from contacts.messages.shelf import FOLDERS
from contacts.messages.templates import builtin_templates
from contacts.settings import Settings
from contacts.workspace.named import Named

KEPT_IN = "messages.json"
_SHARED = "email/_base"
_PACKAGES = ("touchline", "jinja2", "babel", "css-inline", "inscriptis")
"""Their next version may find a fault where this one finds none."""

_CODE = (
    "messages/*.py", "cadences/sandbox.py", "cadences/allowed.py", "cadences/law/*",
    "channels/keywords/*.py", "channels/keywords/languages/*", "workspace/message_words.py",
)  # fmt: skip
"""What looks at messages; in a checkout it changes without a version of its own."""


_SETTINGS = ("default_locale", "default_country", "business_name", "sender_name", "sms_sender")
"""What a look depends on of these."""


class SoundMessages:
    """The faults that `look` finds in messages; those known to be sound are not looked at again.

    `code` is the folder of the program that looks, where it is not this one's.
    """

    def __init__(
        self,
        settings: Settings,
        look: Callable[[Named], list[Fault]],
        *,
        code: Path | None = None,
    ) -> None:
        self._file = settings.state / KEPT_IN
        self._make_folder = settings.make_state
        self._look = look
        roots = (settings.workspace / "templates", builtin_templates())
        shared = [_state(root / _SHARED) for root in roots]
        looks = _program(code or Path(str(files("contacts"))))
        said = [getattr(settings, name) for name in _SETTINGS]
        self._rest = [*looks, *said, *shared]
        self._known = _read(self._file)
        self._seen: dict[str, list[Fault]] = {}
        self._is_new = False

    def faults(self, message: Named) -> list[Fault]:
        """What is wrong with the message, in any of its languages."""
        key = f"{FOLDERS[message.kind]}/{message.name}"
        if message.is_marketing:
            key += " in marketing"
        if key not in self._seen:
            self._seen[key] = self._looked_up(key, message)
        return self._seen[key]

    def keep(self) -> None:
        """Remember what was found; one pass of several at a time may win, and none is harmed.

        What nobody asked for is forgotten: no cadence names such a message any more.
        """
        if not self._is_new:
            return
        known = {key: state for key, state in self._known.items() if key in self._seen}
        beside = self._file.with_name(f"{KEPT_IN}.{os.getpid()}")
        with suppress(OSError):  # a full disk costs the next pass a look, and nothing else
            self._make_folder()
            beside.write_text(json.dumps(known), encoding="ascii")
            beside.replace(self._file)

    def _looked_up(self, key: str, message: Named) -> list[Fault]:
        state = sha256(repr([*self._rest, _state(message.place)]).encode()).hexdigest()
        if self._known.get(key) == state:
            return []
        faults = self._look(message)
        if not faults:
            self._known[key] = state
            self._is_new = True
        return faults


def _program(code: Path) -> list[object]:
    """What is another one whenever a look may find something else in the same files."""
    parts = sorted(path for pattern in _CODE for path in code.glob(pattern))
    return [*map(version, _PACKAGES), *map(_state_of, parts)]


def _state(folder: Path) -> list[tuple[str, ...]]:
    """What changes whenever somebody changes, adds or removes a file of this folder."""
    try:
        with os.scandir(folder) as entries:
            return [(str(folder),), *sorted(_state_of(entry) for entry in entries)]
    except OSError:
        return [(str(folder), "is not there")]


def _state_of(entry: "os.DirEntry[str] | Path") -> tuple[str, ...]:
    try:
        now = entry.stat()
    except OSError:  # a link that leads nowhere
        return (entry.name,)
    return (entry.name, *map(str, (now.st_size, now.st_mtime_ns, now.st_ctime_ns)))


def _read(file: Path) -> dict[str, str]:
    """What an earlier pass kept; nothing where there is none, or no part of it can be read."""
    try:
        kept = json.loads(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
