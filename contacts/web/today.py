"""The board's home: what is to be done today, what customers said, and what was noticed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from contacts.record.engine import reading
from contacts.record.opted_out import opted_out
from contacts.record.proofs import latest
from contacts.record.signals import open_signals
from contacts.record.workload import REPLIES, load, todos
from contacts.web.access import Looking
from contacts.web.board import board_page
from contacts.web.site import site_of
from contacts.web.whose import whose_day

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_STOPPED = 12
_SHOWN, _NOTICED = 60, 6
_AHEAD = 7
"""Days beyond today that the list looks."""


@router.get("/")
def today(request: Request, looking: Looking) -> Response:
    site, now = site_of(request), site_of(request).clock()
    said = request.query_params.get("whose", "")
    with reading(site.engine) as connection:
        whose = whose_day(connection, said, looking, settings=site.settings, now=now)
        yesterday = whose.ends(now, days=-2)
        stopped = opted_out(connection, whose.owners, since=yesterday, limit=_STOPPED)
        ends = whose.ends(now)
        listed = todos(
            connection,
            owners=whose.owners,
            of=looking.own,
            until=whose.ends(now, days=_AHEAD),
            limit=_SHOWN,
        )
        counts = load(connection, owners=whose.owners, of=looking.own, until=ends)
        signals = open_signals(connection, owner_ids=whose.owners, limit=_NOTICED)
        proof = latest(connection)
    to_do = [one for one in listed if one.kind not in REPLIES]
    return board_page(
        request,
        looking,
        "today.html",
        here="today",
        whose=whose,
        stopped=stopped,
        counts=counts,
        late=[one for one in to_do if one.due_at < now],
        due=[one for one in to_do if now <= one.due_at < ends],
        ahead=[one for one in to_do if one.due_at >= ends],
        replies=[one for one in listed if one.kind in REPLIES],
        is_cut=len(listed) == _SHOWN,
        signals=signals,
        proof=proof,
        back=f"/?whose={whose.value}" if looking.may_choose else "/",
    )
