"""What a customer got from us, written down on their page as `touchline log … benefit` does it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from contacts.cadences.benefits import BenefitKind
from contacts.cadences.calendar import at_wall_time, local_date
from contacts.record.engine import reading, writing
from contacts.record.errors import ErasedCustomer, NotedBefore
from contacts.record.imports import cells
from contacts.record.orders.benefits import LONGEST, Worth
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer
from contacts.record.work.notes import Note, record_note
from contacts.web.board.access import Sending, Sent, customer_seen
from contacts.web.board.customers import customer_page
from contacts.web.board.filled import Wrong, day_of, filled, sentence
from contacts.web.board.noting import once_of
from contacts.web.board.page import see_other
from contacts.web.numbers import number_in
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
T = TypeVar("T")


@router.post("/customers/{customer}/benefits")
def benefit(request: Request, sent: Sending, customer: str) -> Response:
    """Keep it for the recap; it is no contact."""
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        customer_id = customer_seen(connection, sent.visitor, number_in(customer))
        zone_of = select(Customer.timezone).where(Customer.id == customer_id)
        zone = connection.execute(zone_of).scalar_one()
    try:
        said = Note(
            customer_id=customer_id,
            kind=NoteKind.BENEFIT,
            text=_text(sent),
            at=_at(day_of(sent, "on"), zone, now),
            worth=_worth(sent),
            once=once_of(request, sent),
        )
        with writing(site.engine) as connection:
            record_note(connection, said, now=now)
    except Wrong as wrong:
        answer = filled(sent, "benefit", wrong)
        return customer_page(request, sent.visitor, customer_id, said=answer)
    except ErasedCustomer as error:
        answer = filled(sent, "benefit", Wrong(sentence(error)))
        return customer_page(request, sent.visitor, customer_id, said=answer)
    except NotedBefore:
        pass  # a double click; it is there
    return see_other(f"/customers/{customer_id}", done="benefit")


def _text(sent: Sent) -> str:
    text = sent.text("text")
    if not text:
        raise Wrong("Write what they got, in a line that they will read.", "text")
    if len(text) > LONGEST:
        raise Wrong(f"That is too long for a line of a mail: {LONGEST} characters at most.", "text")
    return text


def _at(on: date | None, zone: str, now: datetime) -> datetime:
    """Noon of that day for the customer; without a day, now."""
    if on is None:
        return now
    noon = datetime.combine(on, time(12))
    try:
        today, at = local_date(now, zone), at_wall_time(noon, zone).instant
    except ValueError:  # a zone that this machine does not know
        today, at = now.date(), noon.replace(tzinfo=UTC)
    if on > today:
        raise Wrong(f"{on} lies ahead; a benefit is something they got.", "on")
    return at


def _worth(sent: Sent) -> Worth:
    kind = sent.text("kind") or BenefitKind.EXTRA.value
    if kind not in set(BenefitKind):
        raise Wrong(f"Choose what it was: {', '.join(BenefitKind)}.", "kind")
    amount = _read(sent, "worth", cells.typed_money)
    currency = _read(sent, "currency", cells.currency) if amount is not None else None
    if amount is not None and currency is None:
        raise Wrong("An amount needs its currency: three letters, such as EUR.", "currency")
    hours = _read(sent, "hours", cells.typed_hours)
    return Worth(BenefitKind(kind), amount, currency, hours)


def _read(sent: Sent, name: str, parse: Callable[[str], T]) -> T | None:
    written = sent.text(name)
    if not written:
        return None
    if written.startswith("-"):
        raise Wrong(f"{written[:20]} is less than nothing.", name)
    try:
        return parse(written)
    except ValueError as error:
        raise Wrong(f"{written[:20]} is {error}.", name) from None
