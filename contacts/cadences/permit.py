"""Whether a claimed touch may leave now: every rule once more, at the gate. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from contacts.cadences.calendar import Place, local_date, next_day
from contacts.cadences.conditions import compile_condition
from contacts.cadences.hours import Hours, hours_of
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.obeying import held_back
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.room import IN_TIME, NOTHING, Before, Taken, full_cap
from contacts.cadences.wishes import NO_WISHES, Wishes
from contacts.caps import Cap

LOOK_AGAIN = timedelta(minutes=15)
"""How soon a touch that has to wait for something is looked at again."""
_MAY_CONFIRM = timedelta(hours=4)
"""For a word of theirs that comes by another way than their mail, such as a file."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave, by this channel."""

    channel: Kind


@dataclass(frozen=True, slots=True)
class Skip:
    """It will not be made."""

    reason: Reason
    cap: Cap | None = None  # the one that left no room


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; it is ready again at this instant."""

    at: datetime
    reason: Reason
    cap: Cap | None = None  # the one that leaves no room before


@dataclass(frozen=True, slots=True)
class Stop:
    """Its cadence is over for this customer."""

    reason: Reason


Verdict = Send | Skip | Later | Stop


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the moment says, apart from the customer."""

    now: datetime
    paused: frozenset[str] = frozenset()  # cadences
    closed: frozenset[str] = frozenset()  # channels
    no_marketing: frozenset[str] = frozenset()  # channels by which only service leaves
    caps: tuple[Cap, ...] = ()  # besides the one message a channel and day


@dataclass(slots=True)
class Request:
    """A claimed touch that asks to leave."""

    cadence: Cadence
    step: Step
    not_after: datetime
    place: Place  # where its days and hours are counted
    today: date  # the customer's
    context: dict[str, Any]
    over: Reason | None = None  # why its cadence is over, if it is
    late: Reason = Reason.STALE  # why it is skipped once its time is gone
    wishes: Wishes | None = None


def permit(
    request: Request,
    reach: Reach,
    circumstances: Circumstances,
    *,
    before: Before = NOTHING,
    unclear: bool = False,
) -> Verdict:
    """The verdict on one touch; `before` are the messages that its customer's days already hold.

    `unclear` tells of an answer of the customer's that may ask us to stop.
    """
    if request.over is not None:
        return Stop(request.over)
    now = circumstances.now
    if now > request.not_after:
        return Skip(request.late)
    step = request.step
    if step.when is not None and not compile_condition(step.when).holds(request.context):
        return Skip(Reason.CONDITION)
    if request.cadence.name in circumstances.paused:
        return Later(now + LOOK_AGAIN, Reason.PAUSED)
    if (unclear or request.wishes is not None) and (held := _as_they_said(request, unclear, now)):
        return held
    route = reach.route(step)
    if isinstance(route, Reason):
        return Skip(route) if route is not Reason.UNCONFIRMED else _unconfirmed(request, now)
    if route.is_human:
        return _while_waived(request, now) or Send(route)
    if route in circumstances.closed:
        return Later(now + LOOK_AGAIN, Reason.CHANNEL_CLOSED)
    if route in circumstances.no_marketing and request.cadence.purpose == "marketing":
        return Later(now + LOOK_AGAIN, Reason.COMPLAINTS)
    return _in_time(request, route, circumstances, before)


def _as_they_said(request: Request, unclear: bool, now: datetime) -> Verdict | None:
    if unclear:
        return Later(now + LOOK_AGAIN, Reason.UNCLEAR)
    return _held(request, now)


def _while_waived(request: Request, now: datetime) -> Verdict | None:
    return _held(request, now, by_person=True) if request.wishes is not None else None


def _held(request: Request, now: datetime, *, by_person: bool = False) -> Verdict | None:
    """Until their pause ends; for good where that is too late.

    We may change our mind about a waiver, and what it holds is there to be given back while it is
    fresh.
    """
    wishes = request.wishes or NO_WISHES
    held = held_back(wishes, request.cadence, request.place, now, by_person=by_person)
    if held is None:
        return None
    reason, until = held
    last = request.not_after - LOOK_AGAIN
    if until is not None and until <= request.not_after:
        return Later(until, reason)
    return Later(last, reason) if reason is Reason.WAIVED and now < last else Skip(reason)


def _unconfirmed(request: Request, now: datetime) -> Verdict:
    """Who asked for marketing may confirm it while this is fresh, and what they do has it go on."""
    last = request.not_after - LOOK_AGAIN
    if now >= last:
        return Skip(Reason.UNCONFIRMED)
    return Later(min(now + _MAY_CONFIRM, last), Reason.UNCONFIRMED)


def _in_time(
    request: Request, channel: Kind, circumstances: Circumstances, before: Before
) -> Verdict:
    now, caps, had = circumstances.now, circumstances.caps, before.had
    if had and (cap := full_cap(had, channel, request.today, caps)):
        return _with_room(request, channel, circumstances, had, cap=cap)
    hours = hours_of(request.cadence, request.step, channel, request.place)
    if not hours.allowed(now):
        opening = hours.next_allowed(now, request.not_after)
        if opening is None:
            return Skip(Reason.WINDOW)
        wished = hours.moves_by_wish(now, opening)
        return Later(opening, Reason.BEST_TIME if wished else Reason.WINDOW)
    if (before.going or before.planned) and (
        later := _after_the_others(request, channel, circumstances, before, hours)
    ):
        return later
    return Send(channel)


def _after_the_others(
    request: Request, channel: Kind, circumstances: Circumstances, before: Before, hours: Hours
) -> Later | None:
    """Where what comes first would leave no room: asked again once it has left, or has not.

    So only messages on record ever take another's day for good. At the last hour of its time a
    touch no longer waits for what is only planned.
    """
    now, caps = circumstances.now, circumstances.caps
    filled = [*before.had, *before.going]
    if cap := full_cap(filled, channel, request.today, caps):
        return Later(now, Reason.CAPPED, cap)
    if not full_cap([*filled, *before.planned], channel, request.today, caps):
        return None
    again = hours.next_allowed(now + LOOK_AGAIN, request.not_after)
    return None if again is None else Later(again, Reason.SPREAD)


def _with_room(
    request: Request, channel: Kind, circumstances: Circumstances, taken: Taken, *, cap: Cap
) -> Verdict:
    """Put off to the first day after today that has room, and hours; given up if there is none."""
    place, until = request.place, request.not_after - IN_TIME
    zone = place.home or place.zone
    hours = hours_of(request.cadence, request.step, channel, place)
    at: datetime | None = next_day(circumstances.now, zone)
    while at is not None and at <= until:
        if full := full_cap(taken, channel, local_date(at, zone), circumstances.caps):
            cap, at = full, next_day(at, zone)
        elif hours.allowed(at):
            return Later(at, Reason.CAPPED, cap)
        else:
            at = hours.next_allowed(at, until)
    return Skip(Reason.CAPPED, cap)
