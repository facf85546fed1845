"""The rule of hours, held against the plain reading of a clock in every zone of the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from cases import cases, needs_cases
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contacts.cadences.calendar import Place
from contacts.cadences.decide import NextTouch, Standing, decide
from contacts.cadences.model import Kind
from contacts.cadences.permit import Circumstances, Request, Send, permit
from contacts.cadences.reach import Reach
from contacts.cadences.timezones import zone_names
from contacts.cadences.turns import turns
from contacts.windows import WEEK, TimeOfDay, Window
from tests.opening import EVER, hours_in, of_one_step

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ANYONE = Reach(email=None, sms=None)


@dataclass(frozen=True)
class Asked:
    """Hours, and an instant from which an opening is looked for."""

    window: Window
    place: Place
    channel: Kind
    now: datetime

    def may_leave(self, instant: datetime) -> bool:
        """Written anew, by the readings of the clocks alone."""
        if not _shows_a_time_in(self.window, instant.astimezone(ZoneInfo(self.place.zone))):
            return False
        at_home = instant.astimezone(ZoneInfo(self.place.home))
        return self.channel is not Kind.SMS or 8 <= at_home.hour < 21

    def opens(self, until: datetime) -> datetime | None:
        return hours_in(self.window, self.place, self.channel).next_allowed(self.now, until)


def _shows_a_time_in(window: Window, local: datetime) -> bool:
    start, end = map(time.fromisoformat, (window.start or "", window.end or ""))
    today, now = local.date(), local.time()
    if window.end == "23:59":
        return _is_of(window, today) and now >= start
    if start < end:
        return _is_of(window, today) and start <= now < end
    return (_is_of(window, today) and now >= start) or (_is_of(window, today - DAY) and now < end)


def _is_of(window: Window, day: date) -> bool:
    return WEEK[day.weekday()] in (window.days or ())


_TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)).map(TimeOfDay)
_WINDOWS = st.builds(
    Window,
    start=_TIMES,
    end=_TIMES,
    days=st.sets(st.sampled_from(WEEK), min_size=1).map(lambda days: tuple(sorted(days))),
    holidays=st.just("ignore"),
).filter(lambda window: window.start != window.end)


@st.composite
def instants(draw: st.DrawFn, zone_name: str) -> datetime:
    """Any minute of some decades; half of them within hours of a turn of the zone's clocks."""
    year = draw(st.integers(1985, 2037))
    turned = turns(zone_name, year)
    if turned and draw(st.booleans()):
        return draw(st.sampled_from(turned)) + draw(st.integers(-300, 300)) * MINUTE
    return datetime(year, 1, 1, tzinfo=UTC) + draw(st.integers(0, 365 * 24 * 60)) * MINUTE


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    names = st.sampled_from(sorted(zone_names()))
    zone_name = draw(names)
    home = draw(st.just(zone_name) | names)
    return Asked(
        draw(_WINDOWS),
        Place(zone_name, "", home),
        draw(st.sampled_from([Kind.EMAIL, Kind.SMS])),
        draw(instants(draw(st.sampled_from([zone_name, home])))),
    )


def _finds_the_first(asked: Asked) -> None:
    """From now on, really open, and no open minute was passed over."""
    until = asked.now + 30 * HOUR
    found = asked.opens(until)
    if found is not None:
        assert asked.now <= found <= until
        assert asked.may_leave(found)
    passed = [at for at in _minutes(asked.now, found or until) if asked.may_leave(at)]
    assert passed == []


def _minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += MINUTE


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_the_first_open_minute_is_found_in_any_zone(asked: Asked) -> None:
    _finds_the_first(asked)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_the_first_open_minute_is_found_in_any_zone_at_length(asked: Asked) -> None:
    _finds_the_first(asked)


@settings(max_examples=80, deadline=None)
@given(questions())
def test_c14_no_sms_leaves_in_the_recipients_night_whatever_window_and_zone(asked: Asked) -> None:
    hours = hours_in(asked.window, asked.place, Kind.SMS)
    found = hours.next_allowed(asked.now, asked.now + 8 * DAY)
    assume(found is not None)
    assert found is not None
    assert 8 <= found.astimezone(ZoneInfo(asked.place.home)).hour < 21


@settings(max_examples=60, deadline=None)
@given(questions(), st.integers(0, 3), st.none() | _TIMES)
def test_what_the_planner_shows_is_what_the_gate_lets_through(
    asked: Asked, day: int, at: TimeOfDay | None
) -> None:
    """At the instant that is planned the gate says yes: it is no night, and not in the past."""
    cadence, step = of_one_step(asked.window, asked.channel, day=day, at=at)
    began = asked.now.astimezone(ZoneInfo(asked.place.zone)).date()
    standing = Standing(asked.now, began, 1, 0, None)
    decision = decide(cadence, standing, reach=ANYONE, place=asked.place, now=asked.now)
    if not isinstance(decision.next, NextTouch):
        assert [one.reason for one in decision.skipped] == ["no_hours"]
        return
    due = decision.next.due.instant
    assert due >= asked.now
    request = Request(cadence, step, decision.next.not_after, asked.place, due.date(), {})
    assert permit(request, ANYONE, Circumstances(due)) == Send(asked.channel)


@needs_cases
@pytest.mark.parametrize("case", cases("local_time"), ids=lambda case: case["id"])
def test_a_collected_local_time_becomes_the_instant_it_asks_for(case: dict[str, object]) -> None:
    """It is planned for that instant, and the gate lets it through then and not before."""
    given_, expected = case["input"], case["expect"]
    assert isinstance(given_, dict)
    assert isinstance(expected, dict)
    local, place = datetime.fromisoformat(given_["local"]), Place(given_["zone"], "")
    due = datetime.fromisoformat(expected["utc"])
    cadence, step = of_one_step(EVER, Kind.EMAIL, day=1, at=TimeOfDay(f"{local:%H:%M}"))
    standing = Standing(due - DAY, local.date() - DAY, 1, 0, None)
    decision = decide(cadence, standing, reach=ANYONE, place=place, now=due - DAY)
    assert isinstance(decision.next, NextTouch)
    assert (decision.next.due.instant, decision.next.due.local) == (due, local)
    request = Request(cadence, step, decision.next.not_after, place, due.date(), {})
    assert permit(request, ANYONE, Circumstances(due)) == Send(Kind.EMAIL)
