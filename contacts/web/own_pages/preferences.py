"""The customer's own page: what we send them by which channel, about what, when, in what language.

GET changes nothing; POST keeps what was changed on the form and leaves the rest as it is, so that
a page which lay open for a week takes nothing back that was said since. No cookie, no login.
"""

from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from contacts.channels.links import LinkChannel, read_preferences, unsubscribe_token
from contacts.listening.preferences import Saved, save
from contacts.record.consent.choices import Came, choices
from contacts.record.engine import reading, writing
from contacts.web.board.seeing_to import see_to
from contacts.web.bodies import PREFERENCES
from contacts.web.own_pages.choosing import Offer, offer_to, wanted_of, without_unseen
from contacts.web.own_pages.masked import masked
from contacts.web.own_pages.unsubscribe import INVALID
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, responses={404: {}})


def _came(request: Request, token: str) -> Came:
    said = read_preferences(site_of(request).settings.link_ring, token)
    return Came(*said) if said else _refuse()


ValidLink = Annotated[Came, Depends(_came)]


@router.head("/p/{token}")
@router.get("/p/{token}")
def show(request: Request, came: ValidLink) -> Response:
    """The page as things stand; changes nothing."""
    site = site_of(request)
    with reading(site.engine) as connection:
        there = choices(connection, came, settings=site.settings, now=site.clock())
    if there is None:
        _refuse()
    return _page(site, came, offer_to(there, settings=site.settings, now=site.clock()))


@router.post("/p/{token}", openapi_extra=PREFERENCES, responses={400: {}, 409: {}})
async def keep(request: Request, came: ValidLink) -> Response:
    """Keep what was changed, and say what holds now."""
    async with request.form(max_files=0, max_fields=500) as form:
        return await run_in_threadpool(_keep, site_of(request), came, form)


def _keep(site: Site, came: Came, form: FormData) -> Response:
    now = site.clock()
    with writing(site.engine) as connection:
        there = choices(connection, came, settings=site.settings, now=now)
        if there is None:
            _refuse()
        offer = offer_to(there, settings=site.settings, now=now)
        wanted = wanted_of(form, offer)
        seen = without_unseen(form, offer, wanted)
        saved = save(connection, came, seen, settings=site.settings, now=now)
    if saved is None:
        _refuse()
    if saved.before.wishes.waived_until and not saved.now.wishes.waived_until:
        see_to(site, came.customer_id)
    after = offer_to(saved.now, settings=site.settings, now=now)
    return _page(site, came, after, saved, is_reworded=seen != wanted)


def _page(
    site: Site, came: Came, offer: Offer, saved: Saved | None = None, *, is_reworded: bool = False
) -> Response:
    channel: LinkChannel = "sms" if came.by == "sms" else "email"
    return site.pages.answer(
        "preferences.html",
        now=site.clock(),
        status=409 if is_reworded else 200,
        is_reworded=is_reworded,
        language=offer.tongue.language,
        say=offer.tongue.page("preferences", business=site.settings.business_name),
        offer=offer,
        masked=masked,
        by=came.by,
        token=unsubscribe_token(site.settings.link_ring, came.customer_id, channel),
        saved=None if saved is None else offer.told(saved),
    )


def _refuse() -> NoReturn:
    raise HTTPException(404, INVALID)
