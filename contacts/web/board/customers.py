"""The pages about customers: the list, and everything about one."""

from collections import Counter
from contextlib import suppress

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from contacts.care.proof import in_hand, not_in_hand
from contacts.record.customers.proofs import latest
from contacts.record.engine import reading
from contacts.record.orders.signals import open_signals
from contacts.record.work.workload import todos_about
from contacts.web.board.access import NO_CUSTOMER, Looking, Visitor, customer_seen
from contacts.web.board.book import Asked, counted, next_of, open_book, owners, tally
from contacts.web.board.dealings import benefits_of, contracts_of, orders_of
from contacts.web.board.filled import BLANK, Filled
from contacts.web.board.page import board_page
from contacts.web.board.person import look_up
from contacts.web.board.proven import Proven, proven
from contacts.web.board.standing import IN_HAND_BY, SILENT, STATES, Standing
from contacts.web.bodies import CUSTOMERS
from contacts.web.numbers import number_in
from contacts.web.site import Site, site_of
from contacts.web.typed import typed
from contacts.web.wording import ago

router = APIRouter(default_response_class=HTMLResponse, responses={303: {}, 404: {}})
_HIGHEST_PAGE = 100_000
_FEW = 2_000
"""Customers whose standing is counted anew for each page."""


@router.get("/customers", openapi_extra=CUSTOMERS)
def customers(request: Request, looking: Looking) -> Response:
    """The list; how everybody stands is counted where they are few, else told by the last proof."""
    site, asked, now = site_of(request), _asked(request, looking), site_of(request).clock()
    with reading(site.engine) as connection:
        book = open_book(connection, asked, settings=site.settings, now=now)
        count = counted(connection, looking.own)
        silent = _silent(proven(request, connection, looking))
        counts = None
        if count <= _FEW:
            counts = tally(connection, own=looking.own, settings=site.settings, now=now)
            counts[SILENT] = silent
        return board_page(
            request,
            looking,
            "customers.html",
            here="customers",
            asked=asked,
            book=book,
            count=count,
            tally=counts,
            silent=silent,
            told=_told(counts) if counts is not None else _last_told(connection, looking, site),
            owners=owners(connection) if looking.may_choose else [],
            states=STATES,
        )


@router.get("/customers/{number}")
def customer(request: Request, looking: Looking, number: str) -> Response:
    return customer_page(request, looking, number_in(number))


def customer_page(
    request: Request, looking: Visitor, customer_id: int | None, *, said: Filled = BLANK
) -> Response:
    """Everything about one customer; with a form that was refused as it was filled in."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        customer_id = customer_seen(connection, looking, customer_id)
        person = look_up(connection, customer_id, settings=site.settings, now=now)
        if person is None:
            raise HTTPException(404, NO_CUSTOMER)
        orders = orders_of(connection, customer_id, now=now)
        contracts = contracts_of(connection, customer_id)
        benefits = benefits_of(connection, customer_id)
        zone = site.settings.default_timezone
        signals = open_signals(connection, zone=zone, customer_id=customer_id)
        open_tasks = todos_about(connection, customer_id)
        ahead = next_of(connection, [customer_id]).get(customer_id)
    return board_page(
        request,
        looking,
        "customer.html",
        status=422 if said.problem else 200,
        here="customers",
        filled=said,
        person=person,
        orders=orders,
        contracts=contracts,
        benefits=benefits,
        signals=signals,
        todos=open_tasks,
        ahead=ahead,
        whose=None,
        all_of_it="all" in request.query_params,
        back=f"/customers/{customer_id}",
    )


def _silent(found: Proven) -> int:
    """Who of those whom the visitor may see is out of touch for longer than agreed."""
    return found.seen.overdue if found.seen is not None else 0


def _told(counts: Counter[str]) -> str:
    """What `touchline stale` says of the same customers."""
    covered = counts[Standing.IN_HAND] + counts[Standing.WAIVED]
    stale = counts[Standing.STALE]
    unplanned = counts[Standing.UNPLANNED] + stale
    if covered + unplanned == 0:
        return in_hand(0, 0)
    return f"{in_hand(covered, covered + unplanned)} {not_in_hand(unplanned, stale)}"


def _last_told(connection: Connection, looking: Visitor, site: Site) -> str:
    """The same of everybody, as the last sweep found it; nothing to who may not see everybody."""
    proof = latest(connection) if looking.own is None else None
    if proof is None:
        return ""
    said = f"{in_hand(proof.covered, proof.active)} {not_in_hand(proof.uncovered, proof.stale)}"
    return f"{said} So it was {ago(proof.at, site.clock(), site.settings.default_timezone)}."


def _asked(request: Request, looking: Looking) -> Asked:
    """What the address asks for; a value that makes no sense asks for nothing."""
    query = request.query_params
    state, standing = query.get("state", ""), None
    with suppress(ValueError):
        standing = Standing(state)
    return Asked(
        own=looking.own,
        words=typed(query.get("q"))[:100],
        owner_id=number_in(query.get("owner", "")),
        standing=standing,
        cover=next((cover for cover, words in IN_HAND_BY.items() if words == state), None),
        is_silent=state == SILENT,
        page=number_in(query.get("page", ""), _HIGHEST_PAGE) or 1,
    )
