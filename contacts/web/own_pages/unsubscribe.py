"""The customer's unsubscribe page, and the one-click POST of RFC 8058 behind List-Unsubscribe.

GET changes nothing: mail gateways follow every link in a message. POST needs no cookie and no
login, and answers without a redirect.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.channels.links import LinkChannel, preferences_token, read_unsubscribe
from contacts.listening.unsubscribe import LinkHolder, link_holder, unsubscribe
from contacts.record.engine import reading, writing
from contacts.web.bodies import UNSUBSCRIBE
from contacts.web.own_pages.masked import masked
from contacts.web.own_pages.tongues import tongue_of
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, responses={404: {}})
INVALID = "This link is invalid. Please use the whole link of our message."
Link = tuple[int, LinkChannel]


def _link(request: Request, token: str) -> Link:
    """What the link says; every token that we did not make gets the same answer."""
    link = read_unsubscribe(site_of(request).settings.link_ring, token)
    if link is None:
        raise HTTPException(404, INVALID)
    return link


ValidLink = Annotated[Link, Depends(_link)]


@router.head("/u/{token}")
@router.get("/u/{token}")
def ask(request: Request, link: ValidLink) -> Response:
    """The page with the button; changes nothing."""
    site = site_of(request)
    with reading(site.engine) as connection:
        holder = link_holder(connection, *link)
    return _page(site, "ask", link, holder)


@router.post("/u/{token}", openapi_extra=UNSUBSCRIBE)
async def stop(request: Request, link: ValidLink) -> Response:
    """Unsubscribe, by a mail program's one click or by the page's button."""
    everything = await _wants_everything(request)
    return await run_in_threadpool(_stop, site_of(request), link, everything)


def _stop(site: Site, link: Link, everything: bool) -> Response:
    with writing(site.engine) as connection:
        holder = link_holder(connection, *link)
        unsubscribe(
            connection, *link, everything=everything, settings=site.settings, now=site.clock()
        )
    return _page(site, "all_done" if everything else "done", link, holder)


async def _wants_everything(request: Request) -> bool:
    """Whether the page's second button was pressed; a body that cannot be read asks for no more."""
    try:
        async with request.form(max_files=5, max_fields=20) as form:
            return form.get("scope") == "everything"
    except HTTPException:
        return False


def _page(site: Site, part: str, link: Link, holder: LinkHolder | None) -> Response:
    tongue = tongue_of(holder.locale if holder else site.settings.default_locale)
    known = holder.address if holder else None
    return site.pages.answer(
        f"unsubscribe/{tongue.language}.html",
        now=site.clock(),
        part=part,
        channel=link[1],
        address=masked(known) if known else "",
        choose=tongue.words["choose"],
        preferences=preferences_token(site.settings.link_ring, *link) if known else "",
    )
