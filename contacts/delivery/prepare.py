"""From claims to requests: everything the gate needs to know about claimed touches, in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date, place_of
from contacts.cadences.decide import too_late
from contacts.cadences.ending import ended
from contacts.cadences.facts import Facts, as_context
from contacts.cadences.house import House, house_of
from contacts.cadences.model import Cadence, Step
from contacts.cadences.obeying import place_as_wished
from contacts.cadences.permit import Request
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import Wishes
from contacts.delivery.needs import needed_to_send
from contacts.messages.templates import Templates
from contacts.record.customers.facts import load_facts
from contacts.record.touches.claimed import ClaimedTouch, claimed_touches
from contacts.record.touches.queue import Claim
from contacts.record.versions import cadences_of
from contacts.settings import Settings


@dataclass(slots=True)
class Prepared:
    """A claimed touch with what the rules and the words need."""

    claim: Claim
    touch: ClaimedTouch
    facts: Facts
    request: Request

    @property
    def cadence(self) -> Cadence:
        return self.request.cadence

    @property
    def customer_id(self) -> int:
        return self.facts.customer.id

    @property
    def local_day(self) -> date:
        """Today, on the customer's calendar."""
        return self.request.today

    @property
    def priority(self) -> int:
        return self.cadence.priority_of(self.request.step)


def prepare(
    connection: Connection,
    claims: Sequence[Claim],
    *,
    settings: Settings,
    templates: Templates,
    now: datetime,
) -> list[Prepared]:
    """The claimed touches that still wait to be made, with the facts that their words need.

    The highest priority comes first, and then the touch that was planned first.
    """
    held = {claim.touch_id: claim for claim in claims}
    planned = claimed_touches(connection, list(held))
    cadences = cadences_of(connection, (touch.version_id for touch in planned))
    touches = [touch for touch in planned if touch.version_id in cadences]
    ids = [touch.customer_id for touch in touches]
    steps = {(touch.version_id, touch.step_key) for touch in touches}
    parts = frozenset().union(
        *(_needed(cadences[version], step_key, templates) for version, step_key in steps)
    )
    facts = load_facts(connection, ids, settings=settings, now=now, parts=parts)
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    prepared = [
        _prepare_one(held[touch.id], touch, cadences[touch.version_id], known, house, now)
        for touch in touches
        if (known := facts.get(touch.customer_id)) is not None
    ]
    if len({_priority(cadences[version], step_key) for version, step_key in steps}) > 1:
        prepared.sort(key=lambda one: -one.priority)
    return prepared


def prepare_anew(
    one: Prepared, wishes: Wishes | None, *, settings: Settings, now: datetime
) -> Prepared:
    """The same touch, for a customer who has come to wish something else."""
    customer = one.facts.customer
    if wishes is not None and wishes.locale:
        customer = replace(customer, locale=wishes.locale)
    facts = replace(one.facts, customer=customer, wishes=wishes)
    house = house_of(settings.window, settings.holidays, settings.sms_hours)
    return _prepare_one(one.claim, one.touch, one.cadence, facts, house, now)


def _prepare_one(
    claim: Claim, touch: ClaimedTouch, cadence: Cadence, facts: Facts, house: House, now: datetime
) -> Prepared:
    context = as_context(facts, cadence.name) | {"cadence": _spoken_of(cadence)}
    place = place_of(cadence, facts.customer, house)
    step = _step(cadence, touch.step_key)
    if facts.wishes is not None and facts.wishes.best_time:
        place = place_as_wished(place, facts.wishes, cadence, step, now=now, until=touch.not_after)
    over = ended(cadence, touch.started_at, facts) if touch.active else Reason.INACTIVE
    request = Request(
        cadence=cadence,
        step=step,
        not_after=touch.not_after,
        place=place,
        today=local_date(now, facts.customer.timezone),
        context=context,
        over=over,
        late=too_late(touch.due_at, touch.not_after),
        wishes=facts.wishes,
    )
    return Prepared(claim, touch, facts, request)


def _spoken_of(cadence: Cadence) -> dict[str, Any]:
    return {"name": cadence.name, "goal": cadence.goal, "purpose": cadence.purpose}


def _needed(cadence: Cadence, step_key: str, templates: Templates) -> frozenset[str]:
    return needed_to_send(cadence, _step(cadence, step_key), templates)


def _priority(cadence: Cadence, step_key: str) -> int:
    return cadence.priority_of(_step(cadence, step_key))


def _step(cadence: Cadence, key: str) -> Step:
    return next(step for step in cadence.steps if step.key == key)
