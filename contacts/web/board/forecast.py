"""What the coming weeks hold: touches a day and channel, in a plot and a table, and for whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.record.engine import reading
from contacts.record.touches.coming import Coming, TouchAhead, coming, messages_until, on_a_day
from contacts.web.board.access import Looking, Visitor
from contacts.web.board.page import board_page
from contacts.web.board.plots import stacks
from contacts.web.board.whose import Whose, whose_day
from contacts.web.numbers import day_in
from contacts.web.site import Site, site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
DAYS = 28
_SHOWN = 200
CHANNELS = ("email", "sms", "call", "visit", "letter")
_DESK, _PHONE = (860, 220), (310, 190)
"""Width and height of the plot: on a phone it is drawn anew, for its words to stay readable."""
_BESIDE = 34
"""Room for the values of the axis."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is planned for everybody whom a visitor may see."""

    days: list[date]
    counts: list[Coming]
    at: datetime

    def of(self, channel: str) -> list[int]:
        """How many touches each day has by a channel."""
        found = Counter[int]()
        for one in self.counts:
            if one.channel == channel:
                found[one.day] += one.count
        return [found[place] for place in range(len(self.days))]

    @property
    def later(self) -> int:
        """How many come after the last of the days."""
        return sum(one.count for one in self.counts if one.day == len(self.days))


@router.get("/forecast")
def forecast(request: Request, looking: Looking) -> Response:
    site, said = site_of(request), request.query_params.get("whose", "all")
    now = site.clock()
    with reading(site.engine) as connection:
        whose = whose_day(connection, said, looking, settings=site.settings, now=now)
        on = day_in(request.query_params.get("on", ""))
        named = named_on(connection, on, looking, whose, now=now)
    ahead = ahead_of(site, looking, whose)
    parts = [(channel, days) for channel in CHANNELS if any(days := ahead.of(channel))]
    return board_page(
        request,
        looking,
        "forecast.html",
        here="forecast",
        whose=whose,
        ahead=ahead,
        on=on,
        named=named,
        shown=_SHOWN,
        parts=parts,
        plots=[
            stacks(ahead.days, parts, width=width, height=height, left=_BESIDE)
            for width, height in (_DESK, _PHONE)
        ],
        cadences=_by_cadence(ahead.counts),
    )


def ahead_of(site: Site, looking: Visitor, whose: Whose) -> Ahead:
    """What is planned for these owners' customers, counted within the last minutes."""
    of = whose.owners if whose.owners is not None else looking.own

    def count() -> Ahead:
        now = site.clock()
        first = local_date(now, whose.zone)
        days = [first + timedelta(days=n) for n in range(DAYS)]
        ends = [whose.ends(now, days=n) for n in range(DAYS)]
        with reading(site.engine) as connection:
            return Ahead(days, coming(connection, ends, of=of), now)

    found, _ = site.kept.get(("ahead", of, whose.zone), count)
    return found


def named_on(
    connection: Connection, on: date | None, looking: Visitor, whose: Whose, *, now: datetime
) -> list[TouchAhead]:
    """The first of the touches that the forecast counts for a day; none for one that it has not."""
    place = (on - local_date(now, whose.zone)).days if on is not None else -1
    if not 0 <= place < DAYS:
        return []
    since = whose.ends(now, days=place - 1) if place else None
    of = whose.owners if whose.owners is not None else looking.own
    return on_a_day(connection, since, whose.ends(now, days=place), of=of, limit=_SHOWN)


def messages_today(site: Site, looking: Visitor, whose: Whose) -> int:
    """How many messages the first day of the forecast has, counted within the last minutes."""
    of = whose.owners if whose.owners is not None else looking.own

    def count() -> int:
        with reading(site.engine) as connection:
            return messages_until(connection, whose.ends(site.clock()), of=of)

    return site.kept.get(("messages today", of, whose.zone), count)[0]


def _by_cadence(counts: Sequence[Coming]) -> list[tuple[str, int]]:
    found = Counter[str]()
    for one in counts:
        found[one.cadence] += one.count
    return found.most_common()
