"""The board's home: what is to be done today, what customers said, and who slips away."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from contacts.record.book.absences import roster_of
from contacts.record.consent.opted_out import opted_out
from contacts.record.engine import reading
from contacts.record.work.planned import planned_touches
from contacts.record.work.workload import load, todos
from contacts.web.board.access import Looking
from contacts.web.board.days_agenda import agenda
from contacts.web.board.exceptions import exceptions
from contacts.web.board.forecast import messages_today
from contacts.web.board.page import board_page
from contacts.web.board.proven import proven
from contacts.web.board.remedies import Remedies
from contacts.web.board.slipping import all_noticed
from contacts.web.board.whose import whose_day
from contacts.web.board.working_days import their_days
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_SHOWN, _NOTICED, _EXCEPTIONS, _STOPPED = 60, 6, 3, 200


@router.get("/")
def today(request: Request, looking: Looking) -> Response:
    site, now = site_of(request), site_of(request).clock()
    said = request.query_params.get("whose", "")
    with reading(site.engine) as connection:
        whose = whose_day(connection, said, looking, settings=site.settings, now=now)
        days = their_days(roster_of(connection, site.settings), whose, now)
        stopped = opted_out(connection, whose.owners, since=days.since, limit=_STOPPED)
        listed = todos(
            connection,
            owners=whose.owners,
            of=looking.own,
            until=days.until,
            limit=_SHOWN,
        )
        of = whose.owners if whose.owners is not None else looking.own
        planned = planned_touches(connection, of=of, until=days.until, limit=_SHOWN)
        counts = load(connection, owners=whose.owners, of=looking.own, until=whose.ends(now))
        zone = site.settings.default_timezone
        noticed = all_noticed(connection, whose.owners, zone=zone, since=days.since, most=_NOTICED)
        shown = proven(request, connection, looking)
        left = exceptions(request, connection, looking, of=whose.owners, most=_EXCEPTIONS)
    its_agenda = agenda(listed, planned, days, now=now)
    return board_page(
        request,
        looking,
        "today.html",
        here="today",
        whose=whose,
        stopped=stopped,
        stopped_is_cut=len(stopped) == _STOPPED,
        days=days,
        counts=counts,
        agenda=its_agenda,
        messages=0 if its_agenda.waits or days.is_off else messages_today(site, looking, whose),
        is_cut=len(listed) == _SHOWN,
        planned_is_cut=len(planned) == _SHOWN,
        noticed=noticed,
        proven=shown,
        left=left,
        remedies=Remedies(site.settings, now),
        back=f"/?whose={whose.value}" if looking.may_choose else "/",
    )
