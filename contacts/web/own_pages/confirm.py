"""The page behind the link that confirms a request for marketing by e-mail (double opt-in).

GET changes nothing, for mail gateways follow every link; the page's button confirms. A link that
is not ours, one that has lapsed and one whose request was taken back get the same answer.
"""

from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.channels.links import read_confirm
from contacts.listening.confirm import Asked, Mailed, asked_by_mail, confirm
from contacts.record.engine import reading, writing
from contacts.web.own_pages.tongues import tongue_of
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, responses={404: {}})


def _mailed(request: Request, token: str) -> Mailed:
    said = read_confirm(site_of(request).settings.link_ring, token)
    return Mailed(*said) if said else _refuse()


ValidLink = Annotated[Mailed, Depends(_mailed)]


@router.head("/c/{token}")
@router.get("/c/{token}")
def ask(request: Request, mailed: ValidLink) -> Response:
    """The page with the button; changes nothing."""
    site = site_of(request)
    key, now = site.settings.signing_key, site.clock()
    with reading(site.engine) as connection:
        asked = asked_by_mail(connection, mailed, signing_key=key, now=now)
    return _page(site, "done" if asked and asked.is_confirmed else "ask", asked)


@router.post("/c/{token}")
def yes(request: Request, mailed: ValidLink) -> Response:
    """Confirm what was asked for."""
    site = site_of(request)
    key, now = site.settings.signing_key, site.clock()
    with writing(site.engine) as connection:
        asked = confirm(connection, mailed, signing_key=key, now=now)
    return _page(site, "done", asked)


def _page(site: Site, part: str, asked: Asked | None) -> Response:
    if asked is None:
        _refuse()
    return site.pages.answer(
        f"confirm/{tongue_of(asked.locale).language}.html",
        now=site.clock(),
        part=part,
        wording=asked.wording,
    )


def _refuse() -> NoReturn:
    raise HTTPException(
        404,
        "This link does not hold, or holds no longer. If you still want our messages, please ask "
        "for them again.",
    )
