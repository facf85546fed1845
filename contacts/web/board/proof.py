"""The proof that nobody goes stale: how everybody is covered, and who is not, with the remedy."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from contacts.cadences.calendar import local_date
from contacts.record.customers.proofs import Proof, history
from contacts.record.engine import reading
from contacts.web.board.access import Looking, Sending
from contacts.web.board.exceptions import exceptions
from contacts.web.board.going_back import back_to
from contacts.web.board.page import board_page, see_other
from contacts.web.board.plots import Plot, stacks
from contacts.web.board.proven import proven
from contacts.web.board.remedies import Remedies
from contacts.web.site import site_of
from contacts.workspace.closing import keep_in_hand

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_SHOWN = 50
_BACK = timedelta(days=60)
_WIDTH, _HEIGHT = 640, 90
_KINDS = {"uncovered": "with nothing planned", "unowned": "without an owner"}
"""What an exception is for, as a number of a proof is named, and in words."""


@router.get("/proof")
def proof(request: Request, looking: Looking) -> Response:
    """The last proof and its exceptions; with `now`, or of few customers, made anew."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        shown = proven(request, connection, looking, anew="now" in request.query_params)
        past = history(connection, now - _BACK)
        left = exceptions(request, connection, looking, most=_SHOWN)
    remedies = Remedies(site.settings, now)
    days = _last_of_each_day(past, remedies.zone) if looking.own is None else {}
    return board_page(
        request,
        looking,
        "proof.html",
        here="proof",
        proven=shown,
        left=left,
        days=days,
        plot=_plot(days),
        kinds=[(kind, _KINDS[kind]) for kind, _ in _parts(days.values())],
        some_are_both=any(one.uncovered and one.unowned for one in days.values()),
        last=past[-1] if past else None,
        remedies=remedies,
        back="/proof",
    )


@router.post("/proof/in-hand")
def take_in_hand(request: Request, sent: Sending) -> Response:
    """Do at once what the sweep would do tonight, for the first exceptions that the sender sees."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        proven(request, connection, sent.visitor, anew=True)
        left = exceptions(request, connection, sent.visitor, most=_SHOWN)
    ids = [one.customer_id for one in left.uncovered]
    done = keep_in_hand(site.engine, site.settings, ids, now=now) if ids else {}
    mended = sum(done.values()) >= len(ids)
    done_so = "in-hand-unowned" if left.unowned else "in-hand"
    return see_other(back_to(sent), done=done_so if mended else "not-in-hand")


def _last_of_each_day(past: list[Proof], zone: str) -> dict[date, Proof]:
    """By the calendar of `zone`; nothing before the second day: one alone is on the page anyway."""
    by_day = {local_date(one.at, zone): one for one in past}
    return by_day if len(by_day) > 1 else {}


def _plot(days: Mapping[date, Proof]) -> Plot | None:
    """The exceptions of each day; None where there are none to draw."""
    parts = _parts(days.values())
    if not parts:
        return None
    return stacks(list(days), parts, width=_WIDTH, height=_HEIGHT, words=_KINDS.__getitem__)


def _parts(days: Collection[Proof]) -> list[tuple[str, list[int]]]:
    """The kinds of exceptions that there were on any day."""
    numbers = [(kind, [getattr(one, kind) for one in days]) for kind in _KINDS]
    return [(kind, of) for kind, of in numbers if any(of)]
