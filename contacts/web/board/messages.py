"""The pages about messages: the latest ones, and each with both of its parts.

The links in a mail are its customer's own. In a rehearsal they open their pages, for somebody has
to play the customer; where mail is live they do nothing here, so that nobody acts for a customer
by a slip of the hand.
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from contacts.channels.shown_mail import led_here, opening_beside
from contacts.record.engine import reading
from contacts.settings import Settings
from contacts.web.board.access import Looking, Visitor
from contacts.web.board.page import board_page
from contacts.web.guard import LINKS_OPEN, MAIL_POLICY, REHEARSED_MAIL_POLICY
from contacts.web.letters import Letter, latest, letter, news_of
from contacts.web.site import site_of
from contacts.web.typed import typed

router = APIRouter(default_response_class=HTMLResponse, responses={303: {}, 404: {}})
_SHOWN = 24


@router.get("/messages")
def messages(request: Request, looking: Looking) -> Response:
    with reading(site_of(request).engine) as connection:
        letters = latest(connection, own=looking.own, limit=_SHOWN)
    return board_page(request, looking, "messages.html", here="messages", letters=letters)


@router.get("/messages/{attempt_id}")
def message(request: Request, looking: Looking, attempt_id: str) -> Response:
    with reading(site_of(request).engine) as connection:
        found = _found(connection, looking, attempt_id)
        news = news_of(connection, attempt_id)
    settings = site_of(request).settings
    opens = _is_rehearsed(found, settings)
    return board_page(
        request,
        looking,
        "message.html",
        here="messages",
        letter=found,
        text=led_here(found.text, settings.local_url) if opens else found.text,
        links_open=LINKS_OPEN if opens else "",
        news=news,
    )


@router.get("/messages/{attempt_id}/body")
def body(request: Request, looking: Looking, attempt_id: str) -> Response:
    """The HTML part alone, for the frame on the message's page."""
    settings = site_of(request).settings
    with reading(site_of(request).engine) as connection:
        found = _found(connection, looking, attempt_id)
    if found.html is None:
        raise HTTPException(404, "This message has no HTML part.")
    policy = REHEARSED_MAIL_POLICY if _is_rehearsed(found, settings) else MAIL_POLICY
    # What would open beside the mail, and may not, does nothing.
    html = opening_beside(led_here(found.html, settings.local_url))
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def _is_rehearsed(letter: Letter, settings: Settings) -> bool:
    """Whether what goes by its channel reaches nobody."""
    return not (settings.email_is_live if letter.channel == "email" else settings.sms_is_live)


def _found(connection: Connection, looking: Visitor, attempt_id: str) -> Letter:
    found = letter(connection, typed(attempt_id), own=looking.own)
    if found is None:
        raise HTTPException(404, "There is no such message, or its words were removed by now.")
    return found
