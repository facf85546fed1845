"""What customers wish for: held for a pause, skipped for a topic, and at the time they like."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contacts.cadences.calendar import Place
from contacts.cadences.model import Kind
from contacts.cadences.permit import (
    LOOK_AGAIN,
    Circumstances,
    Later,
    Request,
    Send,
    Skip,
    Verdict,
    permit,
)
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.wishes import BEST_TIMES, Wishes, kept_of, wishes_of
from contacts.windows import Window
from tests.opening import EVER, hours_in, of_one_step, window

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday: 10:00 in New York
NEW_YORK = "America/New_York"
OFFICE = window("09:00-18:00", ("mon", "tue", "wed", "thu", "fri"))


def asked(
    wishes: Wishes, *, purpose: str = "marketing", hours: int = 48, kind: Kind = Kind.EMAIL
) -> Verdict:
    """The gate's word on a touch of a cadence about tea that is fresh for so long."""
    cadence, step = of_one_step(EVER, kind)
    cadence = cadence.model_copy(update={"purpose": purpose, "topic": "tea"})
    until = NOW + timedelta(hours=hours)
    place = Place("UTC", "US", NEW_YORK)
    request = Request(cadence, step, until, place, NOW.date(), {}, wishes=wishes)
    return permit(request, Reach(None, None), Circumstances(NOW))


def local(place: Place, day: int, hour: int, when: Window = OFFICE) -> str | None:
    """When a mail may leave that asks at this hour of a November's day, in New York: 20 14:00."""
    at = datetime(2026, 11, day, hour + 5, tzinfo=UTC)
    opening = hours_in(when, place, Kind.EMAIL).next_allowed(at, at + timedelta(days=7))
    return None if opening is None else f"{opening - timedelta(hours=5):%d %H:%M}"


def liking(best: str) -> Place:
    return Place(NEW_YORK, "", NEW_YORK, best=best)


def test_a_topic_that_is_off_is_skipped_whatever_it_is_for() -> None:
    for purpose in ("marketing", "service"):
        off = asked(Wishes(frozenset({"tea"})), purpose=purpose)
        assert off == Skip(Reason.TOPIC)
    assert asked(Wishes(frozenset({"coffee"}))) == Send(Kind.EMAIL)


def test_a_pause_holds_marketing_until_its_day_begins_where_the_customer_lives() -> None:
    pause = Wishes(paused_until=date(2026, 11, 21))
    midnight = datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert asked(pause) == Later(midnight, Reason.CUSTOMER_PAUSED)
    assert asked(pause, hours=12) == Skip(Reason.CUSTOMER_PAUSED)
    assert asked(pause, purpose="service") == Send(Kind.EMAIL)
    assert asked(Wishes(paused_until=date(2026, 11, 20))) == Send(Kind.EMAIL)


def test_a_waiver_holds_marketing_like_a_pause_and_the_longer_of_the_two_counts() -> None:
    day, next_day = date(2026, 11, 21), date(2026, 11, 22)
    waived = Wishes(waived_until=day)
    midnight = datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert asked(waived) == Later(midnight, Reason.WAIVED)
    last = NOW + timedelta(hours=12) - LOOK_AGAIN
    assert asked(waived, hours=12) == Later(last, Reason.WAIVED), "it may yet be given back"
    assert asked(waived, hours=0) == Skip(Reason.WAIVED)
    assert asked(waived, purpose="service") == Send(Kind.EMAIL)
    assert asked(Wishes(waived_until=date(2026, 11, 20))) == Send(Kind.EMAIL)
    later = midnight + timedelta(days=1)
    for paused, waived_until, why in (
        (next_day, day, Reason.CUSTOMER_PAUSED), (day, next_day, Reason.WAIVED),
    ):  # fmt: skip
        both = Wishes(paused_until=paused, waived_until=waived_until)
        assert asked(both) == Later(later, why)


@pytest.mark.parametrize("kind", [Kind.CALL, Kind.VISIT, Kind.LETTER])
def test_a_waiver_holds_what_a_cadence_asks_of_people_whatever_it_is_for(kind: Kind) -> None:
    waived = Wishes(waived_until=date(2026, 11, 21))
    held = Later(datetime(2026, 11, 21, 5, tzinfo=UTC), Reason.WAIVED)
    assert asked(waived, purpose="service", kind=kind) == held
    paused = Wishes(paused_until=date(2026, 11, 21))
    assert asked(paused, purpose="service", kind=kind) == Send(kind)


def test_the_best_time_narrows_the_window() -> None:
    assert local(liking("afternoon"), 20, 10) == "20 14:00"
    assert local(liking("afternoon"), 20, 15) == "20 15:00"
    assert local(liking("evening"), 20, 9) == "20 17:00"
    assert local(liking("evening"), 20, 18) == "23 17:00"  # past the weekend


@pytest.mark.parametrize(
    ("hours", "best", "opens_at", "why"),
    [
        ("09:00-18:00", "afternoon", 19, Reason.BEST_TIME),
        ("12:00-18:00", "afternoon", 19, Reason.BEST_TIME),  # closed now, and moved besides
        ("12:00-18:00", "midday", 17, Reason.WINDOW),
        ("12:00-18:00", "", 17, Reason.WINDOW),
    ],
)
def test_a_message_moved_to_the_best_time_says_so(
    hours: str, best: str, opens_at: int, why: Reason
) -> None:
    """At ten in the morning in New York."""
    cadence, step = of_one_step(window(hours), Kind.EMAIL)
    request = Request(cadence, step, NOW + timedelta(hours=48), liking(best), NOW.date(), {})
    opening = datetime(2026, 11, 20, opens_at, tzinfo=UTC)
    assert permit(request, Reach(None, None), Circumstances(NOW)) == Later(opening, why)


def test_a_best_time_that_the_window_never_has_yields() -> None:
    early = window("06:00-08:00", ("mon", "tue", "wed", "thu", "fri"))
    for best in BEST_TIMES:
        assert local(liking(best), 20, 10, early) == local(liking(""), 20, 10, early)


def test_a_best_time_puts_nothing_off_for_days() -> None:
    """The window has the evening on Mondays alone: no Friday's mail waits for that."""
    mondays = window("17:00-21:00", ("mon",))
    assert local(liking("morning"), 20, 10, mondays) == "23 17:00"


@given(
    best=some.sampled_from(["", *BEST_TIMES]),
    zone=some.sampled_from(["UTC", NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe"]),
    home=some.sampled_from(["", "Europe/Berlin", "Pacific/Kiritimati"]),
    channel=some.sampled_from([Kind.EMAIL, Kind.SMS]),
    start=some.integers(0, 22),
    minutes=some.integers(0, 400 * 24 * 60),
)
def test_a_wish_breaks_no_window_and_moves_a_message_by_a_day_at_most(  # the parts of a place
    *, best: str, zone: str, home: str, channel: Kind, start: int, minutes: int
) -> None:
    at = NOW + timedelta(minutes=minutes)
    when = window(f"{start:02}:00-{start + 1:02}:30")
    plain = hours_in(when, Place(zone, "US", home), channel)
    wished = hours_in(when, Place(zone, "US", home, best=best), channel)
    first = plain.next_allowed(at, at + timedelta(days=9))
    opening = wished.next_allowed(at, at + timedelta(days=9))
    if first is None:
        assert opening is None
        return
    assert opening is not None
    assert first <= opening <= first + timedelta(days=1)
    assert plain.allowed(opening)
    assert wished.allowed(opening)  # what is found may leave then: nothing goes round and round
    if wished.allowed(at):
        assert opening == at


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(),
        Wishes(frozenset({"b", "a"}), date(2026, 12, 22), "evening", "de"),
        Wishes(best_time="morning"),
    ],
)
def test_wishes_are_read_as_they_were_kept(wishes: Wishes) -> None:
    assert (wishes_of(kept_of(wishes)) or Wishes()) == wishes


def test_a_time_of_day_that_is_known_no_more_is_no_wish() -> None:
    assert wishes_of({"best_time": "at tea time"}) == Wishes()
