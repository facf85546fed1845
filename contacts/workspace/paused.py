"""Which cadences are paused, as Prefect last said it: a file, for whoever works without Prefect."""

import json
import os

from contacts.settings import Settings

_FILE = "paused.json"


def keep_paused(settings: Settings, paused: frozenset[str]) -> None:
    """Keep the answer for a tick without Prefect, which may read it at any moment."""
    settings.make_state()
    aside = settings.state / f"{_FILE}.{os.getpid()}"
    aside.write_text(json.dumps(sorted(paused)), encoding="utf-8")
    aside.replace(settings.state / _FILE)


def last_known_paused(settings: Settings) -> frozenset[str]:
    """The paused cadences as Prefect last said; none if it was never asked."""
    path = settings.state / _FILE
    return frozenset(json.loads(path.read_text("utf-8"))) if path.exists() else frozenset()
