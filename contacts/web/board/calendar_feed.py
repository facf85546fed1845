"""An owner's open tasks as a calendar to subscribe to, behind a secret link.

Whoever has the link reads it, so it can be given up for a new one: `touchline owner calendar`.
Calendar programs come back with the ETag they had, though no cache may keep such a page.
"""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from contacts.cadences.working import workers_of
from contacts.channels.links import read_calendar
from contacts.record.book.owners import key_of
from contacts.record.engine import reading
from contacts.record.work.agenda import agenda, owner_of_link
from contacts.web.board.agenda_as_ical import Reader, as_ical
from contacts.web.own_pages.unsubscribe import INVALID
from contacts.web.site import site_of

MEDIA = "text/calendar"
_TEXT: dict[str, Any] = {MEDIA: {"schema": {"type": "string"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The owner's open tasks.", "content": _TEXT},
    304: {"description": "Nothing has changed since the answer with that ETag."},
    404: {},
}
router = APIRouter(default_response_class=Response, responses=_ANSWERS)


def _link(request: Request, token: str) -> tuple[int, int]:
    link = read_calendar(site_of(request).settings.link_ring, token)
    if link is None:
        raise HTTPException(404, INVALID)
    return link


@router.head("/calendar/{token}.ics")
@router.get("/calendar/{token}.ics")
def feed(request: Request, link: Annotated[tuple[int, int], Depends(_link)]) -> Response:
    """The calendar; 304 where it is the one that the program has."""
    body = _calendar(request, *link)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "X-Robots-Tag": "noindex"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="touchline.ics"'
    return Response(body, media_type=MEDIA, headers=headers)


def _calendar(request: Request, owner_id: int, number: int) -> bytes:
    site = site_of(request)
    workers = workers_of(site.settings)
    with reading(site.engine) as connection:
        owner = owner_of_link(connection, owner_id, number)
        worker = workers.get(key_of(owner.email)) if owner is not None else None
        if owner is None or worker is None:
            raise HTTPException(404, INVALID)
        default = site.settings.default_timezone
        items = agenda(
            connection, owner_id, zone=worker.zone, default_zone=default, now=site.clock()
        )
    return as_ical(items, Reader(owner.name, worker), site.settings)


def _has(known: str, tag: str) -> bool:
    """Whether If-None-Match names this tag, also as a weak one (RFC 9110, 13.1.2)."""
    tags = {one.strip().removeprefix("W/") for one in known.split(",")}
    return tag in tags or "*" in tags
