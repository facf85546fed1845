"""What the gate would say of a customer's planned touches, by all that is on record now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date, place_of
from contacts.cadences.decide import too_late
from contacts.cadences.facts import Facts
from contacts.cadences.house import house_of
from contacts.cadences.model import Cadence, Step
from contacts.cadences.outlook import Outlook, outlook
from contacts.cadences.permit import Request
from contacts.record.consent.guards import load_guards
from contacts.record.consent.last_words import last_words
from contacts.record.customers.facts import load_facts
from contacts.record.versions import cadences_of
from contacts.settings import Settings


def foreseen(
    connection: Connection,
    customer_id: int,
    planned: Sequence[Any],
    *,
    settings: Settings,
    now: datetime,
) -> dict[int, Outlook]:
    """What becomes of these touches of a customer, by their id; each a row with its `version_id`.

    Left out are those of a cadence that can no longer be read, and all of a customer whose zone
    this machine does not know: the gate passes them over as well.
    """
    facts = load_facts(connection, [customer_id], settings=settings, now=now, parts=frozenset())
    known = facts.get(customer_id)
    if known is None or not planned:
        return {}
    unclear = customer_id in last_words(connection, [customer_id]).unclear
    cadences = cadences_of(connection, {row.version_id for row in planned})
    found = {}
    for row in planned:
        cadence = cadences.get(row.version_id)
        step = _step(cadence, row.step_key)
        if cadence is None or step is None:
            continue
        ready_at = max(row.ready_at, now)
        who, key = known.customer, settings.signing_key
        guards = load_guards(connection, [who], signing_key=key, now=ready_at)
        found[row.id] = outlook(
            _request(row, cadence, step, known, settings),
            guards.reach(who, cadence.purpose),
            ready_at=ready_at,
            unclear=unclear,
        )
    return found


def _step(cadence: Cadence | None, key: str) -> Step | None:
    steps = cadence.steps if cadence is not None else ()
    return next((step for step in steps if step.key == key), None)


def _request(row: Any, cadence: Cadence, step: Step, facts: Facts, settings: Settings) -> Request:
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    return Request(
        cadence=cadence,
        step=step,
        not_after=row.not_after,
        place=place_of(cadence, facts.customer, house),
        today=local_date(row.ready_at, facts.customer.timezone),
        context={},
        late=too_late(row.due_at, row.not_after),
        wishes=facts.wishes,
    )
