"""A customer's own message, as it was sent, to be read in a browser.

The mail is shown by itself and whole, not in a frame: so it fits a phone, and can be printed. Its
policy lets it style itself and show pictures; it can run nothing, send nothing and frame nothing.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.channels.links import read_view
from contacts.channels.shown_mail import led_here
from contacts.record.engine import reading
from contacts.web.letters import Sheet, sheet
from contacts.web.own_pages.tongues import tongue_of
from contacts.web.own_pages.unsubscribe import INVALID
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, responses={404: {}, 410: {}})
_HEADERS = {
    "Content-Security-Policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-downloads; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src https: data:; form-action 'none'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Robots-Tag": "noindex",
}


def _attempt(request: Request, token: str) -> str:
    attempt_id = read_view(site_of(request).settings.link_ring, token)
    if attempt_id is None:
        raise HTTPException(404, INVALID)
    return attempt_id


@router.head("/v/{token}")
@router.get("/v/{token}")
def view(request: Request, attempt_id: Annotated[str, Depends(_attempt)]) -> Response:
    """The message; a page that says so where its words are kept no more."""
    site = site_of(request)
    with reading(site.engine) as connection:
        found = sheet(connection, attempt_id)
    if found is None:
        raise HTTPException(404, INVALID)
    if found.html is not None:
        return HTMLResponse(led_here(found.html, site.settings.local_url), headers=_HEADERS)
    return _page(request, found)


def _page(request: Request, found: Sheet) -> Response:
    site = site_of(request)
    here = site.settings.local_url
    tongue = tongue_of(found.locale or site.settings.default_locale)
    return site.pages.answer(
        "view.html",
        now=site.clock(),
        status=200 if found.text is not None else 410,
        language=tongue.language,
        say=tongue.page("view", business=site.settings.business_name),
        text=found.text and led_here(found.text, here),
        written_in=found.language,
        days=site.settings.body_retention_days,
    )
