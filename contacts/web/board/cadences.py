"""The cadences as they are written, with who is where on them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.cadences.faults import Fault
from contacts.cadences.loaded import LoadedCadence
from contacts.record.engine import reading
from contacts.record.touches.coming import courses, who_is_at
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

    loaded: LoadedCadence
    states: dict[str, int]
    here: Counter[str]
    """How many wait for each of its steps."""


@router.get("/cadences")
def cadences(request: Request, looking: Looking) -> Response:
    site = site_of(request)
    found, faults, at = _courses(site, looking)
    states, _ = _states(site, looking)
    return board_page(
        request,
        looking,
        "cadences.html",
        here="cadences",
        courses=found,
        faults=faults,
        gone=gone_among(states, site.settings),
        at=at,
    )


@router.get("/cadences/{name}")
def cadence(request: Request, looking: Looking, name: str) -> Response:
    site = site_of(request)
    found, _, at = _courses(site, looking)
    course = next((one for one in found if one.loaded.name == name), None)
    if course is None:
        raise HTTPException(404, "There is no such cadence, or its file has a fault.")
    step = request.query_params.get("step", "")
    keys = {one.key for one in course.loaded.cadence.steps}
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
        at=at,
        step=step if step in keys else "",
        people=people,
        shown=_SHOWN,
    )


def _courses(site: Site, looking: Visitor) -> tuple[list[Course], list[Fault], datetime]:
    """The workspace's cadences as their files are now; who is on them as of some minutes ago."""
    settings = site.settings
    loaded, faults = sound_cadences(settings.workspace / "cadences", settings.usual_hours)
    with reading(site.engine) as connection:
        whose = whose_day(connection, "all", looking, settings=settings, now=site.clock())
    states, at = _states(site, looking)
    ahead = ahead_of(site, looking, whose)
    here: dict[str, Counter[str]] = {}
    for one in ahead.counts:
        here.setdefault(one.cadence, Counter())[one.step] += one.count
    found = [
        Course(
            one,
            {state: states.get((one.name, state), 0) for state in _STATES},
            here.get(one.name, Counter()),
        )
        for one in loaded
    ]
    return found, faults, at


def _states(site: Site, looking: Visitor) -> tuple[dict[tuple[str, str], int], datetime]:
    """How many customers are, or were, on each cadence; as of some minutes ago."""

    def count() -> dict[tuple[str, str], int]:
        with reading(site.engine) as connection:
            return courses(connection, of=looking.own)

    return site.kept.get(("courses", looking.own), count)
