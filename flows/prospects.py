"""Whether one step's message may leave to one customer now, and when it is planned to."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contacts.cadences.facts import CustomerFacts, Facts
from contacts.cadences.faults import FaultyFile
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.reach import Purpose, Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.timezones import zone
from contacts.cadences.wishes import NO_WISHES
from contacts.settings import Settings
from flows.plain_data import plain_data

if TYPE_CHECKING:  # they would bring the database along
    from sqlalchemy import Connection

    from contacts.delivery.own_words.room_now import NoRoom
    from contacts.messages.rendered import RenderedBrief, RenderedEmail, RenderedSms
    from contacts.record.timeline import Entry

    Rendered = RenderedEmail | RenderedSms | RenderedBrief


@dataclass(frozen=True, slots=True)
class Prospects:
    held_back: Reason | None  # why it could not leave by this channel now
    left_alone: str  # where the address is: opt_out, bounced or complained; else empty
    full: "NoRoom | None"  # the cap, if it is one that leaves no room
    planned: "Entry | None"  # where it is in the queue for them


def prospects_of(
    connection: "Connection",
    facts: Facts,
    reach: Reach,
    what: tuple[Cadence, Step, Kind],
    *,
    settings: Settings,
    now: datetime,
) -> Prospects:
    """The prospects of a step of a cadence by one of its channels."""
    from contacts.delivery.own_words.room_now import no_room
    from contacts.record.timeline.ahead import next_of

    cadence, step, kind = what
    customer, full = facts.customer, None
    what_now = _as_they_said(connection, facts, (cadence, kind), settings, now)
    held_back = reach.why_not(kind) or what_now
    if held_back is None and not kind.is_human:
        full = no_room(connection, customer, kind, caps=settings.caps, now=now)
    if full is not None:
        held_back = Reason.CAPPED
    here = cadence.name, step.key
    planned = next_of(connection, customer.id, step=here, settings=settings, now=now)
    return Prospects(held_back, _left_alone(connection, customer, kind, settings), full, planned)


def _left_alone(
    connection: "Connection", customer: CustomerFacts, kind: Kind, settings: Settings
) -> str:
    from contacts.record.consent.agreement import stopped

    address = customer.phone if kind is Kind.SMS else customer.email
    stop = stopped(connection, kind.value, address, signing_key=settings.signing_key)
    return stop.reason if stop is not None else ""


def _as_they_said(
    connection: "Connection",
    facts: Facts,
    what: tuple[Cadence, Kind],
    settings: Settings,
    now: datetime,
) -> Reason | None:
    """Why the gate would hold the cadence back for what the customer chose or answered."""
    from contacts.cadences.calendar import place_of
    from contacts.cadences.house import house_of
    from contacts.cadences.obeying import held_back
    from contacts.record.consent.last_words import last_words

    if last_words(connection, [facts.customer.id]).unclear:
        return Reason.UNCLEAR
    cadence, kind = what
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    place = place_of(cadence, facts.customer, house)
    wishes = facts.wishes or NO_WISHES
    held = held_back(wishes, cadence, place, now, by_person=kind.is_human)
    return held[0] if held else None


def unfit_there(settings: Settings, name: str, facts: Facts, message: "Rendered") -> Reason | None:
    """Why a rendered SMS may not go to the country of this customer's number."""
    from contacts.delivery.abroad import Written, unfit
    from contacts.messages.rendered import MessageError, RenderedSms
    from contacts.messages.templates import templates_of

    if not isinstance(message, RenderedSms):
        return None
    ways_out = facts.links.unsubscribe, facts.links.preferences
    purpose: Purpose = "marketing" if facts.cadence.purpose == "marketing" else "service"
    sms = Written(name, message.text, facts.customer.phone, ways_out, purpose)
    try:
        found = list(unfit(sms, settings.dlt, templates_of(settings).registered()))
    except MessageError as error:
        raise FaultyFile([error.as_fault()]) from None
    return found[0].reason if found else None


def prospects_data(prospects: Prospects) -> dict[str, Any]:
    """The same for `--json`."""
    full, planned = prospects.full, prospects.planned
    kept = ("at", "reason", "detail", "not_after", "cap")
    return {
        "held_back": prospects.held_back,
        "left_alone": prospects.left_alone if prospects.held_back is Reason.SUPPRESSED else None,
        "cap": full.cap.code if full else None,
        "room_on": plain_data(full.again_on) if full else None,
        "planned": {name: plain_data(getattr(planned, name)) for name in kept} if planned else None,
    }


def prospects_lines(prospects: Prospects, timezone: str) -> list[tuple[str, str]]:
    """In words, each with its label; an address that is missing is told elsewhere."""
    from contacts.record import phrases

    lines: list[tuple[str, str]] = []
    full, planned = prospects.full, prospects.planned
    if full is not None:
        why = phrases.no_room(phrases.capped(full.cap.code), again_on=full.again_on)
        lines.append(("Not now", why))
    elif prospects.held_back is Reason.SUPPRESSED:
        lines.append(("Not now", phrases.left_alone(prospects.left_alone)))
    elif prospects.held_back not in (None, Reason.NO_ADDRESS):
        lines.append(("Not now", phrases.reason(prospects.held_back)))
    if planned is not None:
        at = planned.at.astimezone(zone(timezone))
        why = f", {planned.detail}" if planned.detail else ""
        lines.append(("Planned", f"{at:%a %d %b %Y %H:%M}{why}"))
    return lines
