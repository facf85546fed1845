"""The customer's unsubscribe page, and the one-click POST of RFC 8058 behind List-Unsubscribe.

GET changes nothing: mail gateways follow every link in a message. POST needs no cookie and no
login, and answers without a redirect.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.channels.links import LinkChannel, read_unsubscribe
from contacts.listening.unsubscribe import LinkHolder, link_holder, unsubscribe
from contacts.record.engine import reading, writing
from contacts.web.bodies import UNSUBSCRIBE
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, responses={404: {}})
_LOCALES = ("en", "hi", "ne", "be", "de")
Link = tuple[int, LinkChannel]


def _link(request: Request, token: str) -> Link:
    """What the link says; every token that we did not make gets the same answer."""
    link = read_unsubscribe(site_of(request).settings.link_ring, token)
    if link is None:
        raise HTTPException(404, "This link is invalid. Please use the whole link of our message.")
    return link


ValidLink = Annotated[Link, Depends(_link)]


@router.head("/u/{token}")
@router.get("/u/{token}")
def ask(request: Request, link: ValidLink) -> Response:
    """The page with the button; changes nothing."""
    site = site_of(request)
    with reading(site.engine) as connection:
        holder = link_holder(connection, *link)
    return _page(site, "ask", link[1], holder)


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
    return _page(site, "all_done" if everything else "done", link[1], holder)


async def _wants_everything(request: Request) -> bool:
    """Whether the page's second button was pressed; a body that cannot be read asks for no more."""
    try:
        async with request.form(max_files=5, max_fields=20) as form:
            return form.get("scope") == "everything"
    except HTTPException:
        return False


def _page(site: Site, part: str, channel: LinkChannel, holder: LinkHolder | None) -> Response:
    locale = (holder.locale if holder else site.settings.default_locale).replace("_", "-")
    language = locale.split("-")[0].lower()
    return site.pages.answer(
        f"unsubscribe/{language if language in _LOCALES else 'en'}.html",
        now=site.clock(),
        part=part,
        channel=channel,
        address=_masked(holder.address) if holder and holder.address else "",
    )


def _masked(address: str) -> str:
    """Enough to know one's own address by, too little to learn somebody else's."""
    name, at, domain = address.partition("@")
    if not at:
        return f"••• {address[-3:]}"
    return f"{name[0]}•••@{domain}"
