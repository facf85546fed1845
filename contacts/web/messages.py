"""The pages about messages: the latest ones, and each with both of its parts."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from contacts.record.engine import reading
from contacts.web.access import Looking, Visitor
from contacts.web.board import board_page
from contacts.web.guard import MAIL_POLICY
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
    return board_page(request, looking, "message.html", here="messages", letter=found, news=news)


@router.get("/messages/{attempt_id}/body")
def body(request: Request, looking: Looking, attempt_id: str) -> Response:
    """The HTML part alone, for the frame on the message's page."""
    with reading(site_of(request).engine) as connection:
        found = _found(connection, looking, attempt_id)
    if found.html is None:
        raise HTTPException(404, "This message has no HTML part.")
    return HTMLResponse(found.html, headers={"Content-Security-Policy": MAIL_POLICY})


def _found(connection: Connection, looking: Visitor, attempt_id: str) -> Letter:
    found = letter(connection, typed(attempt_id), own=looking.own)
    if found is None:
        raise HTTPException(404, "There is no such message, or its words were removed by now.")
    return found
