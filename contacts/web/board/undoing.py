"""Taking back what was logged by a slip, by the button that the page shows after it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from contacts.record.engine import writing
from contacts.record.errors import NotedBefore, NoteRefused
from contacts.record.work.taking_back import about, take_back
from contacts.web.board.access import Sending, customer_seen
from contacts.web.board.filled import sentence
from contacts.web.board.going_back import back_to
from contacts.web.board.page import board_page, see_other
from contacts.web.board.seeing_to import see_to
from contacts.web.numbers import number_in
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_NOTHING = "Nothing of this number was logged that could be taken back."


@router.post("/notes/{note}/undo")
def undo(request: Request, sent: Sending, note: str) -> Response:
    """The task is open again, and its cadence waits for it; once something left, it stays."""
    site, note_id = site_of(request), number_in(note)
    with writing(site.engine) as connection:
        customer_id = about(connection, note_id) if note_id is not None else None
        if note_id is None or customer_id is None:
            raise HTTPException(404, _NOTHING)
        customer_seen(connection, sent.visitor, customer_id)
        problem = _take_back(connection, note_id, site)
    if problem:
        return board_page(
            request, sent.visitor, "refused.html", status=409, here="", problem=problem,
            back=back_to(sent),
        )  # fmt: skip
    see_to(site, customer_id)
    return see_other(back_to(sent), done="undone", note=note_id)


def _take_back(connection: Connection, note_id: int, site: Site) -> str:
    """What forbids it; empty where it is done, also by the first of two clicks or somebody else."""
    try:
        take_back(connection, note_id, now=site.clock())
    except NoteRefused as refused:
        return f"{sentence(refused)} Log what is right instead."
    except NotedBefore:
        pass
    return ""
