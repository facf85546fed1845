"""A link of a mail: sends on to what was stored for it when the mail was written, and nowhere else.

Answers with no cookie, and keeps nothing of who asked. A click that cannot be written down, because
the record is busy, still leads where it should.
"""

from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from contacts.cadences.tracking import may_be_followed
from contacts.channels.links import read_followed
from contacts.listening.clicks import follow, is_a_machine
from contacts.record.engine import RecordError, reading, writing
from contacts.record.touches.links import known_link
from contacts.web.own_pages.unsubscribe import INVALID
from contacts.web.site import Site, site_of

router = APIRouter(responses={404: {}, 410: {}})
GONE = "This link leads nowhere any more. Please ask us for what you are looking for."
_RESERVED = ":/?#[]@!$&'()*+,;=%~"
_log = structlog.get_logger()


def _link(request: Request, token: str) -> tuple[str, int]:
    link = read_followed(site_of(request).settings.link_ring, token)
    if link is None:
        raise HTTPException(404, INVALID)
    return link


@router.head("/l/{token}", status_code=302, response_class=Response)
@router.get("/l/{token}", status_code=302, response_class=Response)
def lead_on(request: Request, link: Annotated[tuple[str, int], Depends(_link)]) -> Response:
    """On to the link's target; a page that says so where its customer was erased."""
    site = site_of(request)
    by_machine = is_a_machine(request.method, request.headers)
    target = _followed(site, link, by_machine=by_machine)
    return Response(status_code=302, headers={"Location": quote(target, safe=_RESERVED)})


def _followed(site: Site, link: tuple[str, int], *, by_machine: bool) -> str:
    with reading(site.engine) as connection:
        known = known_link(connection, *link)
    if known is None:
        raise HTTPException(410, GONE)
    if not (site.settings.click_tracking and may_be_followed(known.attributes)):
        return known.target  # what was once followed need not be now
    try:
        with writing(site.engine) as connection:
            follow(
                connection, known, by_machine=by_machine, settings=site.settings, now=site.clock()
            )
    except RecordError as error:
        _log.warning("click not written down", attempt=known.attempt_id, why=str(error))
    return known.target
