"""What comes next for one customer on one cadence: the heart of the planner, and pure.

`decide` walks from where the enrolment stands over the steps that must be passed over (their time
is gone, no channel reaches the customer) to the one touch that is next, or to the end. As in
`facts`, what is made anew for every customer is not frozen, for its cost, and never changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from contacts.cadences.calendar import Place, WallTime, at_wall_time, local_date, wall_time_of
from contacts.cadences.hours import AHEAD, Hours, hours_of
from contacts.cadences.model import Cadence, Kind, Step
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason

FRESH = timedelta(hours=48)
"""docs/promise.md: `not_after = min(due + 48 h, due of next step)`."""
HUMAN_FRESH = timedelta(days=14)
"""A call is still worth making days later; the person sees when it was due."""


@dataclass(slots=True)
class Standing:
    """Where an enrolment stands."""

    started_at: datetime
    started_on: date  # day 0 of this round, local
    round: int
    position: int  # index of the step to plan
    last_made_at: datetime | None
    last_made: int | None = None  # index of the step that was made then

    def made_something(self, zone_name: str) -> bool:
        """Whether any touch of this round was really made."""
        made = self.last_made_at
        return made is not None and local_date(made, zone_name) >= self.started_on


@dataclass(slots=True)
class NextTouch:
    """A touch to plan, or (with a reason) to put on record as skipped."""

    standing: Standing
    step: Step
    channel: Kind
    due: WallTime
    not_after: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The cadence is over for this customer: it is done, or nothing of it can reach them."""

    reason: Reason | None


@dataclass(slots=True)
class Decision:
    skipped: list[NextTouch]
    next: NextTouch | End


def decide(
    cadence: Cadence, standing: Standing, *, reach: Reach, place: Place, now: datetime
) -> Decision:
    """The next touch of an enrolment, with the steps that are skipped on the way to it."""
    skipped: list[NextTouch] = []
    for there in _standings_from(cadence, standing, place, now):
        route = reach.route(cadence.steps[there.position])
        touch = _touch(cadence, there, route, reach, place)
        reason = touch.reason or _late(touch, now) or (None if isinstance(route, Kind) else route)
        if reason is None:
            return Decision(skipped, touch)
        skipped.append(replace(touch, reason=reason))
    return Decision(skipped, _end(cadence, reach, place, now))


def _standings_from(
    cadence: Cadence, standing: Standing, place: Place, now: datetime
) -> Iterator[Standing]:
    """The steps from here on and, if the cadence repeats and made any touch, one more round."""
    if standing.position < len(cadence.steps):
        yield standing
    for position in range(standing.position + 1, len(cadence.steps)):
        yield replace(standing, position=position)
    if cadence.repeat is None or not standing.made_something(place.zone):
        return
    assert standing.last_made_at is not None  # noqa: S101  # made_something says so
    again_on = cadence.repeat.after(local_date(standing.last_made_at, place.zone))
    started_on = max(again_on, local_date(now, place.zone))
    again = replace(standing, started_on=started_on, round=standing.round + 1)
    for position in range(len(cadence.steps)):
        yield replace(again, position=position)


def _end(cadence: Cadence, reach: Reach, place: Place, now: datetime) -> End:
    """Done; or, where no step can reach the customer, cut off, if nothing else would take over.

    After a cadence that goes round, or the one for whoever is idle, nothing else comes: the same
    one would begin again, skip all its steps again, and so without end.
    """
    is_last_resort = cadence.repeat is not None or cadence.start.on == "customer.idle"
    reachable = any(_can_reach(cadence, step, reach, place, now) for step in cadence.steps)
    return End(Reason.UNREACHABLE if is_last_resort and not reachable else None)


def _can_reach(cadence: Cadence, step: Step, reach: Reach, place: Place, now: datetime) -> bool:
    route = reach.route(step)
    if isinstance(route, Reason):
        return False
    return hours_of(cadence, step, route, place).next_allowed(now, now + AHEAD) is not None


def _touch(
    cadence: Cadence, standing: Standing, route: Kind | Reason, reach: Reach, place: Place
) -> NextTouch:
    step = cadence.steps[standing.position]
    channel = route if isinstance(route, Kind) else step.channel
    day = _day_of(cadence, standing, place)
    due = _opening(standing, step, hours_of(cadence, step, channel, place), day)
    if due is None:
        never = at_wall_time(datetime.combine(day, time()), place.zone)
        return NextTouch(standing, step, channel, never, never.instant, Reason.NO_HOURS)
    if channel.is_human:
        not_after = due.instant + HUMAN_FRESH
    else:
        not_after = _until(cadence, standing, due, reach, place)
    return NextTouch(standing, step, channel, due, not_after)


def _day_of(cadence: Cadence, standing: Standing, place: Place) -> date:
    """The local day a step falls on: never the day of the touch before, unless the file says so."""
    step = cadence.steps[standing.position]
    made_on = _made_on(cadence, standing, place)
    if step.day is not None:
        day = standing.started_on + timedelta(days=step.day)
    elif step.after is None or (standing.position == 0 and standing.round > 1):
        day = standing.started_on  # `repeat` already said how long to wait
    else:
        day = step.after.after((made_on if standing.position else None) or standing.started_on)
    if made_on is None:
        return day
    return max(day, made_on if _shares_its_day(cadence, standing) else made_on + timedelta(days=1))


def _made_on(cadence: Cadence, standing: Standing, place: Place) -> date | None:
    """The local day of the touch before; of one made past midnight in a night, its evening's."""
    made, last = standing.last_made_at, standing.last_made
    if made is None:
        return None
    if last is None or last >= len(cadence.steps):
        return local_date(made, place.zone)
    step = cadence.steps[last]
    return hours_of(cadence, step, step.channel, place).day_of(made)


def _shares_its_day(cadence: Cadence, standing: Standing) -> bool:
    """Whether the file puts this step on the same day as the touch that was made last."""
    last, here = standing.last_made, standing.position
    if last is None or last >= here:
        return False
    day = cadence.steps[here].day
    return day is not None and day == cadence.steps[last].day


def _opening(standing: Standing, step: Step, hours: Hours, day: date) -> WallTime | None:
    """When a step that falls on `day` is due; None if there are no hours for it.

    A customer who comes in at noon gets the first message then, not at nine that morning.
    """
    at = step.at.as_time() if step.at is not None else None
    due, started = hours.due(day, at), standing.started_at
    if due is None or (due.instant >= started and not hours.are_of_the_eve(started, day)):
        return due
    instant = hours.next_allowed(started, started + AHEAD)
    return None if instant is None else wall_time_of(instant, due.zone)


def _until(
    cadence: Cadence, standing: Standing, due: WallTime, reach: Reach, place: Place
) -> datetime:
    """Until when the touch is fresh: 48 hours, or until the next step takes its place."""
    latest = due.instant + FRESH
    following = _following(cadence, standing.position, reach)
    if following is None or cadence.steps[following].day is None:
        return latest
    step = cadence.steps[following]
    after_this = replace(
        standing, position=following, last_made_at=due.instant, last_made=standing.position
    )
    day = _day_of(cadence, after_this, place)
    next_due = _opening(after_this, step, hours_of(cadence, step, step.channel, place), day)
    if next_due is None or next_due.instant <= due.instant:
        return latest
    return min(latest, next_due.instant)


def _following(cadence: Cadence, position: int, reach: Reach) -> int | None:
    """The next step that can reach the customer: one that cannot takes nobody's place."""
    for following in range(position + 1, len(cadence.steps)):
        if isinstance(reach.route(cadence.steps[following]), Kind):
            return following
    return None


def _late(touch: NextTouch, now: datetime) -> Reason | None:
    if now <= touch.not_after:
        return None
    return too_late(touch.due.instant, touch.not_after)


def too_late(due: datetime, not_after: datetime) -> Reason:
    """Why a touch whose time is gone is skipped: a later step took its place, or it is too old."""
    return Reason.STALE if not_after >= due + FRESH else Reason.SUPERSEDED


def occurrence(started_on: date, round_: int) -> str:
    """The part of a touch's key that tells one pass through a cadence from the next."""
    return f"{started_on.isoformat()}/{round_}"
