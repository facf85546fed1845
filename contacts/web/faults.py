"""What callers are told when something is wrong: a status, and one plain sentence.

Providers repeat what gets 5xx and drop what gets 4xx; so only their own faults are 4xx.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from contacts.channels.incoming import PayloadError, SignatureError
from contacts.record.engine import RecordError
from contacts.web.board.access import cookie_name, visitor
from contacts.web.board.page import board_page
from contacts.web.guard import BodyTooLarge, add_headers
from contacts.web.local import is_local
from contacts.web.site import site_of

_log = structlog.get_logger()
MACHINES = ("/webhooks/", "/health")
"""Where a refusal is told in plain text, and not on a page."""
_BY_LINK = ("/u/", "/p/", "/v/", "/c/", "/l/", "/calendar/")
_BUSY = "The record cannot be used at this moment. Please try again."
_WORDS = {
    404: "There is no such page here.",
    405: "This address does not take that method.",
}


def install(app: FastAPI) -> None:
    """Answer every known fault in its own way, and a bug with a plain 500."""
    app.add_exception_handler(SignatureError, _told(403))
    app.add_exception_handler(PayloadError, _told(400))
    app.add_exception_handler(BodyTooLarge, _told(413))
    app.add_exception_handler(RecordError, _busy)
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def _told(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        _log.warning("request refused", path=request.url.path, status=status, why=str(error))
        return await _answer(request, status, str(error))

    return answer


async def _busy(request: Request, error: Exception) -> Response:
    _log.error("record unavailable", path=request.url.path, why=str(error))
    answer = await _answer(request, 503, _BUSY)
    answer.headers["Retry-After"] = "30"
    return answer


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it alone
    status = error.status_code
    ours = error.detail != HTTPStatus(status).phrase
    words = error.detail if ours else _WORDS.get(status, "No.")
    answer = await run_in_threadpool(_on_the_board, request, status, words)
    answer = answer or await _answer(request, status, words)
    answer.headers.update(error.headers or {})
    return answer


async def _bug(request: Request, _error: Exception) -> Response:
    # The server logs it with its traceback; outside of our middleware, so without its headers.
    answer = await _answer(request, 500, "Something went wrong on our side. It has been logged.")
    add_headers(answer.headers)
    return answer


async def _answer(request: Request, status: int, words: str) -> Response:
    if request.url.path.startswith(MACHINES):
        return PlainTextResponse(words, status_code=status)
    pages = site_of(request).pages
    page = pages.text("fault.html", status=status, words=words, home=_has_home(request))
    return HTMLResponse(page, status_code=status)


def _on_the_board(request: Request, status: int, words: str) -> Response | None:
    """The fault as a page of the board, with its menu, to whoever may see the board."""
    if status < HTTPStatus.BAD_REQUEST or not _has_home(request):
        return None
    try:
        looking = visitor(request)
        return board_page(request, looking, "fault.html", status=status, here="", words=words)
    except (HTTPException, RecordError, PoolTimeout):
        return None


def _has_home(request: Request) -> bool:
    """Whether to offer the way to the board: not to strangers, nor on a customer's own page."""
    may_be_theirs = is_local(request) or cookie_name(request) in request.cookies
    return may_be_theirs and not request.url.path.startswith((*_BY_LINK, *MACHINES))
