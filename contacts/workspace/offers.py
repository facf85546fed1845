"""What a workspace leaves its customers to choose: topics of its cadences, languages it writes."""

from functools import lru_cache
from pathlib import Path

from contacts.cadences.faults import FaultyFile
from contacts.cadences.model import Cadence
from contacts.messages.templates import templates_of
from contacts.settings import Settings
from contacts.windows import Weekly
from contacts.workspace.files import cadence_files, load_cadence

_WRITTEN = ("email", "sms")


def topics_of(settings: Settings) -> list[str]:
    """The keys of topics: those of the settings in their order, then others that cadences name."""
    named = {cadence.topic for cadence in _cadences(settings) if cadence.topic is not None}
    return [*settings.topics, *sorted(named - settings.topics.keys())]


def languages_of(settings: Settings) -> list[str]:
    """The languages in which at least one message of the cadences is written."""
    templates = templates_of(settings)
    named = {
        (str(kind), step.template)
        for cadence in _cadences(settings)
        for step, kind in cadence.routes()
        if kind in _WRITTEN
    }
    return sorted({one for kind, name in named for one in templates.languages(kind, name)})


def _cadences(settings: Settings) -> list[Cadence]:
    folder = settings.workspace / "cadences"
    found = (_cadence(path, settings.usual_hours) for path in cadence_files(folder))
    return [cadence for cadence in found if cadence is not None]


def _cadence(path: Path, usual: Weekly) -> Cadence | None:
    """One that cannot be read offers nothing; `touchline check` says why."""
    try:
        state = path.stat()
    except OSError:
        return None
    return _read(path, usual, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=512)
def _read(path: Path, usual: Weekly, _changed_at: int, _size: int) -> Cadence | None:
    """Remembered until the file changes: a page is asked for more often than that."""
    try:
        return load_cadence(path, usual).cadence
    except FaultyFile:
        return None
