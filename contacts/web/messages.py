"""The pages about messages: the latest ones, and each with both of its parts."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.record.engine import reading
from contacts.web.letters import Letter, latest, letter, news_of
from contacts.web.local import local_only
from contacts.web.site import site_of

router = APIRouter(
    dependencies=[Depends(local_only)], default_response_class=HTMLResponse, responses={404: {}}
)
_SHOWN = 24
# A mail styles itself inline and may hold no more: no script, no form, no outside picture.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
)


@router.get("/messages")
def messages(request: Request) -> Response:
    site = site_of(request)
    with reading(site.engine) as connection:
        letters = latest(connection, limit=_SHOWN)
    return site.pages.answer("messages.html", now=site.clock(), here="messages", letters=letters)


@router.get("/messages/{attempt_id}")
def message(request: Request, attempt_id: str) -> Response:
    site = site_of(request)
    with reading(site.engine) as connection:
        found = _found(letter(connection, attempt_id))
        news = news_of(connection, attempt_id)
    return site.pages.answer(
        "message.html", now=site.clock(), here="messages", letter=found, news=news
    )


@router.get("/messages/{attempt_id}/body")
def body(request: Request, attempt_id: str) -> Response:
    """The HTML part alone, for the frame on the message's page."""
    with reading(site_of(request).engine) as connection:
        found = _found(letter(connection, attempt_id))
    if found.html is None:
        raise HTTPException(404, "This message has no HTML part.")
    return HTMLResponse(found.html, headers={"Content-Security-Policy": _MAIL_POLICY})


def _found(found: Letter | None) -> Letter:
    if found is None:
        raise HTTPException(404, "There is no such message, or its words were removed by now.")
    return found
