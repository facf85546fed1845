"""Whether a claimed touch may leave now: every rule once more, at the gate. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contacts.cadences.calendar import Place, next_day
from contacts.cadences.conditions import compile_condition
from contacts.cadences.hours import hours_of
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.obeying import held_back
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import NO_WISHES, Wishes

LOOK_AGAIN = timedelta(minutes=15)
"""How soon a touch of a closed channel, a paused cadence or an unread answer is looked at again."""


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave, by this channel."""

    channel: Kind


@dataclass(frozen=True, slots=True)
class Skip:
    """It will not be made."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; it is ready again at this instant."""

    at: datetime
    reason: Reason


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


@dataclass(slots=True)
class Request:
    """A claimed touch that asks to leave."""

    cadence: Cadence
    step: Step
    not_after: datetime
    place: Place  # where its days and hours are counted
    context: dict[str, Any]
    over: Reason | None = None  # why its cadence is over, if it is
    late: Reason = Reason.STALE  # why it is skipped once its time is gone
    wishes: Wishes | None = None


def permit(
    request: Request,
    reach: Reach,
    circumstances: Circumstances,
    *,
    reached_today: set[str],
    unclear: bool = False,
) -> Verdict:
    """The verdict on one touch; `reached_today` are the channels this local day already used.

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
        return Skip(route)
    if route.is_human:
        return Send(route)
    if route in circumstances.closed:
        return Later(now + LOOK_AGAIN, Reason.CHANNEL_CLOSED)
    if route in circumstances.no_marketing and request.cadence.purpose == "marketing":
        return Later(now + LOOK_AGAIN, Reason.COMPLAINTS)
    return _in_time(request, route, now, capped=route in reached_today)


def _as_they_said(request: Request, unclear: bool, now: datetime) -> Verdict | None:
    if unclear:
        return Later(now + LOOK_AGAIN, Reason.UNCLEAR)
    held = held_back(request.wishes or NO_WISHES, request.cadence, request.place, now)
    if held is None:
        return None
    reason, until = held
    return Skip(reason) if until is None or until > request.not_after else Later(until, reason)


def _in_time(request: Request, channel: Kind, now: datetime, *, capped: bool) -> Verdict:
    place = request.place
    hours = hours_of(request.cadence, request.step, channel, place)
    if not capped and hours.allowed(now):
        return Send(channel)
    reason = Reason.CAPPED if capped else Reason.WINDOW
    earliest = next_day(now, place.home or place.zone) if capped else now
    opening = hours.next_allowed(earliest, request.not_after)
    return Skip(reason) if opening is None else Later(opening, reason)
