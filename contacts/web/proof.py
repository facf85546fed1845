"""The proof that nobody goes stale: how everybody is covered, and who is not, with the remedy."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection, select

from contacts.care.freshness import freshness
from contacts.care.named import Uncovered, named
from contacts.care.uncovered import first_uncovered
from contacts.care.unowned import first_unowned
from contacts.record.engine import reading
from contacts.record.many import one_of
from contacts.record.proofs import Proof, history, latest
from contacts.record.tables import Customer
from contacts.web.access import Looking, Visitor, within
from contacts.web.board import board_page
from contacts.web.book import counted
from contacts.web.plots import Plot, stacks
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_SHOWN, _LOOKED_AT = 50, 500
_BACK = timedelta(days=60)
_FEW = 2_000
"""Customers of whom everything is proven anew for a page."""
_WIDTH, _HEIGHT = 640, 90


@dataclass(frozen=True, slots=True)
class Exceptions:
    uncovered: list[Uncovered] = field(default_factory=list)
    unowned: list[Uncovered] = field(default_factory=list)


@router.get("/proof")
def proof(request: Request, looking: Looking) -> Response:
    """The last proof and its exceptions; with `now`, or of few customers, made anew."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        found = latest(connection)
        is_anew = "now" in request.query_params or counted(connection, None) <= _FEW
        if is_anew:
            found = _anew(connection, site, now)
        past = history(connection, now - _BACK)
        listed = Exceptions()
        if found is not None and not found.holds:
            listed = _exceptions(connection, site, looking, found, now=now)
    return board_page(
        request,
        looking,
        "proof.html",
        here="proof",
        proof=found,
        is_anew=is_anew,
        listed=listed,
        past=past,
        plot=_plot(past),
        shown=_SHOWN,
    )


def _anew(connection: Connection, site: Site, now: datetime) -> Proof:
    return freshness(connection, now=now, settings=site.settings, limit=0).kept(now, {})


def _exceptions(
    connection: Connection, site: Site, looking: Visitor, found: Proof, *, now: datetime
) -> Exceptions:
    """The first of them that the visitor may know of, the longest out of touch first."""
    limit = min(found.uncovered, _SHOWN if looking.own is None else _LOOKED_AT)
    ids = first_uncovered(connection, now=now, limit=limit) if limit else []
    if looking.own is not None:
        theirs = select(Customer.id).where(one_of(Customer.id, "ids"), within(looking.own))
        seen = set(connection.execute(theirs, {"ids": ids}).scalars())
        ids = [one for one in ids if one in seen][:_SHOWN]
    unowned: list[Uncovered] = []
    if found.unowned and looking.own is None:
        unowned = first_unowned(connection, settings=site.settings, limit=_SHOWN)
    return Exceptions(named(connection, ids, now=now), unowned)


def _plot(past: list[Proof]) -> Plot | None:
    """The exceptions of each day's last proof."""
    by_day: dict[date, Proof] = {one.at.date(): one for one in past}
    if len(by_day) < 2:
        return None
    days = list(by_day)
    numbers = [one.uncovered + one.unowned for one in by_day.values()]
    return stacks(days, [("uncovered", numbers)], width=_WIDTH, height=_HEIGHT)
