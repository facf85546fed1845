"""A page of the board: whoever looks, what waits for them, and what was just done."""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from contacts.web.access import Visitor
from contacts.web.site import site_of

DONE = {
    "password": "Your password is changed. Wherever else you were signed in, you are no longer.",
}
"""What a page says at its top after a form was sent; an address can ask for nothing else."""


def board_page(
    request: Request, visitor: Visitor, name: str, *, status: int = 200, **data: Any
) -> Response:
    """The page `name` of the board for this visitor."""
    site = site_of(request)
    return site.pages.answer(
        name,
        now=site.clock(),
        status=status,
        visitor=visitor,
        done=DONE.get(request.query_params.get("done", "")),
        **data,
    )


def see_other(path: str, *, done: str = "") -> RedirectResponse:
    """On to a page of ours after a form, so that a reload sends nothing again."""
    return RedirectResponse(f"{path}?done={done}" if done else path, status_code=303)
