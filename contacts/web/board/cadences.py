"""The cadences as they are written, with who is where on them, and what holds one of them up."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.cadences.faults import Fault
from contacts.cadences.model import CONFIRM_CONSENT, NAME, Cadence, Step
from contacts.record.engine import reading
from contacts.record.touches.coming import courses, who_is_at
from contacts.record.versions import last_versions
from contacts.settings import Settings
from contacts.web.board.access import Looking, Visitor
from contacts.web.board.forecast import ahead_of
from contacts.web.board.page import board_page
from contacts.web.board.whose import whose_day
from contacts.web.site import Site, site_of
from contacts.workspace.files import sound_cadences
from contacts.workspace.gone import gone_among

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_SHOWN = 50
_STATES = ("active", "finished", "stopped")


@dataclass(frozen=True, slots=True)
class Course:
    """A cadence, and how many customers are on it."""

    name: str
    cadence: Cadence | None
    """As its file says; where none can be read, as the last who started have it, if anybody has."""
    source: str
    states: dict[str, int]
    here: Counter[str]
    """How many wait for each of its steps."""
    faults: list[Fault]
    """Of its file; nothing of it is planned until they are mended."""
    message_faults: list[Fault]
    """Of the messages that it names; the same holds of them."""
    is_read: bool
    """Whether that is what its file says now."""

    @property
    def is_held(self) -> bool:
        """Whether nothing of it is planned now."""
        return bool(self.faults or self.message_faults) or self.is_gone

    @property
    def is_gone(self) -> bool:
        """Whether there is no file of it any more."""
        return not self.is_read and not self.faults

    @property
    def steps(self) -> list[Step]:
        return list(self.cadence.steps) if self.cadence else []

    @property
    def earlier(self) -> list[str]:
        """The steps that somebody waits for who started on another version; by their keys."""
        return sorted({*self.here} - {one.key for one in self.steps})


@router.get("/cadences")
def cadences(request: Request, looking: Looking) -> Response:
    site = site_of(request)
    found, every, at = _courses(site, looking)
    faults, message_faults = _parted(every, site.settings)
    states, _ = _states(site, looking)
    gone = gone_among(states, site.settings)
    under_way = {one.name for one in gone}
    return board_page(
        request,
        looking,
        "cadences.html",
        here="cadences",
        courses=[one for one in found if not one.is_gone or one.name in under_way],
        faults=faults,
        message_faults=message_faults,
        inside=partial(_inside, site),
        gone=gone,
        at=at,
    )


@router.get("/cadences/{name}")
def cadence(request: Request, looking: Looking, name: str) -> Response:
    site = site_of(request)
    found, _, at = _courses(site, looking)
    course = next((one for one in found if one.name == name), None)
    if course is None:
        raise HTTPException(404, "There is no such cadence.")
    step = request.query_params.get("step", "")
    keys = {*(one.key for one in course.steps), *course.earlier}
    people = []
    if step in keys:
        with reading(site.engine) as connection:
            people = who_is_at(connection, name, step, of=looking.own, limit=_SHOWN)
    return board_page(
        request,
        looking,
        "cadence.html",
        here="cadences",
        course=course,
        inside=partial(_inside, site),
        at=at,
        step=step if step in keys else "",
        people=people,
        shown=_SHOWN,
    )


def _courses(site: Site, looking: Visitor) -> tuple[list[Course], list[Fault], datetime]:
    """The cadences as their files are now, by name; who is on them as of some minutes ago.

    With them are those whose file cannot be read, or is gone while the record knows them.
    """
    from contacts.workspace.plannable import plannable  # it takes long to import

    settings = site.settings
    loaded, _ = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
    states, at = _states(site, looking)
    readable = {one.name: one for one in loaded}
    held = plannable(settings)
    # A cadence has the name of its file; a file of any other name can be none's.
    wrong = {name: of for name, of in held.held.items() if re.match(NAME, name)}
    wrong.pop(CONFIRM_CONSENT, None)
    known = {name for name, _ in states} - {CONFIRM_CONSENT}
    with reading(site.engine) as connection:
        whose = whose_day(connection, "all", looking, settings=settings, now=site.clock())
        unread = (known | wrong.keys()) - readable.keys()
        written = last_versions(connection, unread) if unread else {}
    written |= {one.name: (one.cadence, one.source) for one in loaded}
    here: dict[str, Counter[str]] = {}
    for one in ahead_of(site, looking, whose).counts:
        here.setdefault(one.cadence, Counter())[one.step] += one.count
    found = [
        Course(
            name,
            *written.get(name, (None, "")),
            {state: states.get((name, state), 0) for state in _STATES},
            here.get(name, Counter()),
            *_parted(wrong.get(name, []), settings),
            is_read=name in readable,
        )
        for name in sorted(known | wrong.keys() | readable.keys())
    ]
    return found, held.faults, at


def _parted(faults: Iterable[Fault], settings: Settings) -> tuple[list[Fault], list[Fault]]:
    """Those of cadences' files, and those of messages."""
    found: tuple[list[Fault], list[Fault]] = ([], [])
    for fault in faults:
        found[Path(fault.path).parent != settings.workspace / "cadences"].append(fault)
    return found


def _inside(site: Site, fault: Fault) -> str:
    """The file of a fault as it stands in the workspace, or among our own."""
    path = Path(fault.path)
    folder = site.settings.workspace
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _states(site: Site, looking: Visitor) -> tuple[dict[tuple[str, str], int], datetime]:
    """How many customers are, or were, on each cadence; as of some minutes ago."""

    def count() -> dict[tuple[str, str], int]:
        with reading(site.engine) as connection:
            return courses(connection, of=looking.own)

    return site.kept.get(("courses", looking.own), count)
