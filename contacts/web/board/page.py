"""A page of the board: whoever looks, what waits for them, and what was just done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from contacts.record.engine import reading
from contacts.record.work.workload import Load, load
from contacts.web.board.access import Visitor
from contacts.web.board.filled import BLANK
from contacts.web.board.notice import notice_of
from contacts.web.board.proven import proven
from contacts.web.board.whose import Whose, whose_day
from contacts.web.site import site_of

DONE = {
    "password": "Your password is changed. Wherever else you were signed in, you are no longer.",
    "task": "It is written down, and the task is done.",
    "later": "It is written down. The task stays open for another try.",
    "note": "It is written down.",
    "benefit": "It is written down, for their recap.",
    "undone": "It is taken back.",
    "arrived": "It is written down that the message arrived.",
    "resend": "The message goes out again with the next pass that may send it.",
    "go-on": "What waited goes on. Now the answer itself is on your list.",
    "stopped": "It is stopped, as the customer asked.",
    "in-hand": "They are in hand now: a touch is planned for each, or a person has a task.",
    "in-hand-unowned": "Something is planned for each, or a person has a task; who has no owner "
    "still needs one.",
    "not-in-hand": "Not everybody could be taken in hand; who is left is named with the reason.",
}
"""What a page says at its top after a form was sent; an address can ask for nothing else."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the navigation counts."""

    load: Load
    exceptions: int
    """Among the customers whom the visitor may see."""

    @property
    def today(self) -> int:
        return self.load.due + self.load.replies


def board_page(
    request: Request, visitor: Visitor, name: str, *, status: int = 200, **data: Any
) -> Response:
    """The page `name` of the board for this visitor, who has their days in the zone `home`."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        theirs = whose_day(connection, "", visitor, settings=site.settings, now=now)
        waiting = _waiting(request, connection, visitor, theirs, now)
    return site.pages.answer(
        name,
        now=now,
        home=theirs.zone,
        status=status,
        visitor=visitor,
        waiting=waiting,
        done=DONE.get(request.query_params.get("done", "")),
        notice=notice_of(request, visitor),
        **{"filled": BLANK, **data},
    )


def see_other(path: str, *, done: str = "", note: int | None = None) -> RedirectResponse:
    """On to a page of ours after a form, so that a reload sends nothing again.

    The page tells of the `note` that was written down.
    """
    mark = "&" if "?" in path else "?"
    to = f"{path}{mark}done={done}" if done else path
    if note is not None:
        to += f"&note={note}"
    return RedirectResponse(to, status_code=303)


def _waiting(
    request: Request, connection: Connection, visitor: Visitor, theirs: Whose, now: datetime
) -> Waiting:
    found = load(
        connection,
        owners=theirs.owners,
        of=visitor.own,
        until=theirs.ends(now),
        elsewhere=theirs.elsewhere(now),
    )
    return Waiting(found, proven(request, connection, visitor).exceptions)
