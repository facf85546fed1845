"""Everything that is noticed about customers' orders and is not over, with the reason of each."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from contacts.cadences.signals import GROWING, SLIPPING
from contacts.record.engine import reading
from contacts.record.orders.signals import Such, count_open, open_signals
from contacts.web.board.access import Looking
from contacts.web.board.book import next_of
from contacts.web.board.page import board_page
from contacts.web.board.whose import whose_day
from contacts.web.numbers import number_in
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_PAGE = 50
_HIGHEST_PAGE = 100_000
_PARTS = {"": None, "slipping": SLIPPING, "growing": GROWING}


@dataclass(frozen=True, slots=True)
class Part:
    """What may be looked at alone."""

    value: str
    name: str
    count: int


@router.get("/noticed")
def noticed(request: Request, looking: Looking) -> Response:
    """The weightiest first; of whoever the address names, as far as the visitor may see them."""
    site, now, query = site_of(request), site_of(request).clock(), request.query_params
    part = query.get("what", "") if query.get("what") in _PARTS else ""
    page = number_in(query.get("page", ""), _HIGHEST_PAGE) or 1
    with reading(site.engine) as connection:
        said = query.get("whose", "")
        whose = whose_day(connection, said, looking, settings=site.settings, now=now)
        found = open_signals(
            connection,
            zone=site.settings.default_timezone,
            such=Such(whose.owners, _PARTS[part]),
            limit=_PAGE + 1,
            offset=(page - 1) * _PAGE,
        )
        counts = count_open(connection, Such(whose.owners))
        upcoming = next_of(connection, [one.customer_id for one in found])
    return board_page(
        request,
        looking,
        "noticed.html",
        here="noticed",
        whose=whose,
        part=part,
        parts=_parts(counts),
        found=found[:_PAGE],
        has_more=len(found) > _PAGE,
        page=page,
        upcoming=upcoming,
    )


def _parts(counts: dict[str, int]) -> list[Part]:
    def some(kinds: tuple[str, ...] | None) -> int:
        return sum(count for kind, count in counts.items() if kinds is None or kind in kinds)

    names = {"": "All", "slipping": "Slipping away", "growing": "Growing"}
    return [Part(value, names[value], some(kinds)) for value, kinds in _PARTS.items()]
