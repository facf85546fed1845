"""When a touch may leave: windows, zones whose clocks turn, nights, and the quiet hours of SMS."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from contacts.cadences.calendar import Place, deadline, next_day
from contacts.cadences.hours import AHEAD, Hours, hours_of
from contacts.cadences.house import ANY_HOUSE, days_off, house_of
from contacts.cadences.model import Kind, whole_window
from contacts.cadences.timezones import zone, zone_names
from contacts.windows import USUAL, Holidays, TimeOfDay, Weekday, Weekly, Window
from tests.opening import EVER, hours_in, of_one_step, window

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def email(hours: Window, zone_name: str) -> Hours:
    return hours_in(hours, Place(zone_name, ""), Kind.EMAIL)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What is open, zone, now, and the first instant from now on at which a touch may leave.
OPENINGS = {
    "open now": ("09:00-18:00", "Asia/Kolkata", "2026-06-01T05:00", "2026-06-01T05:00"),
    "opens later today": ("09:00-18:00", "Asia/Kolkata", "2026-06-01T03:00", "2026-06-01T03:30"),
    "closed since an instant": ("09:00-18:00", "UTC", "2026-06-01T18:00", "2026-06-02T09:00"),
    "the last minute": ("09:00-18:00", "UTC", "2026-06-01T17:59:59", "2026-06-01T17:59:59"),
    "three quarters of an hour": ("10:00-11:00", "Asia/Kathmandu", "2026-06-01T00:00",
                                  "2026-06-01T04:15"),
    "opens in an hour that comes twice, before it": (
        "01:30-01:45", "America/New_York", "2026-11-01T04:00", "2026-11-01T05:30"),
    "between its two openings": (
        "01:30-01:45", "America/New_York", "2026-11-01T06:10", "2026-11-01T06:30"),
    "inside the second": (
        "01:30-01:45", "America/New_York", "2026-11-01T06:40", "2026-11-01T06:40"),
    "after the second": (
        "01:30-01:45", "America/New_York", "2026-11-01T06:50", "2026-11-02T06:30"),
    "open again as the clocks go back into it": (
        "00:30-01:30", "America/New_York", "2026-11-01T05:40", "2026-11-01T06:00"),
    "opens in an hour that is skipped": (
        "02:30-05:00", "America/New_York", "2027-03-14T06:00", "2027-03-14T07:00"),
    "lies in that hour as a whole": (
        "02:15-02:45", "America/New_York", "2027-03-14T06:00", "2027-03-15T06:15"),
    "half an hour twice": (
        "01:40-01:50", "Australia/Lord_Howe", "2027-04-03T14:55", "2027-04-03T15:10"),
    "evening of a night": ("22:00-06:00", "UTC", "2026-06-01T21:00", "2026-06-01T22:00"),
    "morning of a night": ("22:00-06:00", "UTC", "2026-06-02T05:59", "2026-06-02T05:59"),
    "after a night": ("22:00-06:00", "UTC", "2026-06-02T06:00", "2026-06-02T22:00"),
    "a night until midnight": ("22:00-00:00", "UTC", "2026-06-02T00:00", "2026-06-02T22:00"),
    "the end of a day": ("09:00-23:59", "UTC", "2026-06-01T23:59:59", "2026-06-01T23:59:59"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPENINGS)
def test_the_first_instant_at_which_a_touch_may_leave(name: str) -> None:
    hours, zone_name, now, opens = OPENINGS[name]
    found = email(window(hours), zone_name).next_allowed(utc(now), utc(now) + 2 * DAY)
    assert found == utc(opens)


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    """The night of Friday, 5 June: its morning is a Saturday, and Monday's begins on Monday."""
    nights = email(window("22:00-06:00", ("mon", "fri")), "UTC")
    assert nights.allowed(utc("2026-06-06T05:00"))
    assert not nights.allowed(utc("2026-06-08T05:00"))
    assert nights.next_allowed(utc("2026-06-06T06:00"), utc("2026-06-30")) == utc(
        "2026-06-08T22:00"
    )
    assert nights.day_of(utc("2026-06-06T05:00")) == date(2026, 6, 5)
    late = nights.due(date(2026, 6, 5), time(1))
    assert late is not None
    assert late.instant == utc("2026-06-06T01:00")


# The day that the zone skipped, its weekday, and when a touch of that day is due: a week later.
SKIPPED_DAYS: dict[str, tuple[date, Weekday, str]] = {
    "Pacific/Apia": (date(2011, 12, 30), "fri", "2012-01-05T19:00"),
    "Pacific/Kwajalein": (date(1993, 8, 21), "sat", "1993-08-27T21:00"),
}


@pytest.mark.parametrize("zone_name", SKIPPED_DAYS)
def test_a_day_that_a_zone_skipped_is_no_open_day(zone_name: str) -> None:
    day, weekday, due = SKIPPED_DAYS[zone_name]
    found = email(window("09:00-18:00", (weekday,)), zone_name).due(day, None)
    assert found is not None
    assert (found.instant, found.local.date()) == (utc(due), day + 7 * DAY)


def test_public_holidays_are_left_out_unless_the_window_says_otherwise() -> None:
    in_germany = Place("Europe/Berlin", "DE")
    eve = utc("2026-12-24T18:00")
    assert date(2026, 12, 25) in days_off(ANY_HOUSE, "DE", 2026)
    assert hours_in(Window(), in_germany, Kind.EMAIL).next_allowed(eve, eve + AHEAD) == utc(
        "2026-12-28T08:00"
    )
    open_then = Window(holidays="ignore")
    assert hours_in(open_then, in_germany, Kind.EMAIL).next_allowed(eve, eve + AHEAD) == utc(
        "2026-12-25T08:00"
    )


def test_a_business_adds_days_of_its_own_and_works_on_holidays() -> None:
    christmas, eve = date(2026, 12, 25), date(2026, 12, 24)
    house = house_of(Window(), Holidays(add=(eve,), ignore=(christmas,)))
    hours = hours_in(Window(), Place("Europe/Berlin", "DE", house=house), Kind.EMAIL)
    since = utc("2026-12-23T18:00")
    assert hours.next_allowed(since, since + AHEAD) == utc("2026-12-25T08:00")
    three_days = deadline(since, 2, business=True, place=Place("UTC", "DE", house=house))
    assert three_days == utc("2026-12-28T18:00")


def test_each_window_takes_from_the_wider_one_what_it_leaves_out() -> None:
    usual = Window(start=TimeOfDay("10:00"), days=("tue",)).over(USUAL)
    cadence, step = of_one_step(Window(end=TimeOfDay("16:00")), Kind.EMAIL)
    step = step.model_copy(update={"window": Window(days=("sat",), holidays="ignore")})
    assert whole_window(cadence.window, None, usual) == Weekly(600, 960, frozenset({1}), True)
    assert whole_window(cadence.window, step.window, usual) == Weekly(
        600, 960, frozenset({5}), skips_holidays=False
    )
    house = house_of(Window(start=TimeOfDay("10:00")), Holidays())
    hours = hours_of(cadence, step, Kind.EMAIL, Place("UTC", "", house=house))
    since = utc("2026-06-01T00:00")
    assert hours.next_allowed(since, since + AHEAD) == utc("2026-06-06T10:00")


def test_a_window_that_only_two_files_together_turn_round_is_empty() -> None:
    """One says from five, the other came to say until four: nobody said that nights are meant."""
    usual = Window(end=TimeOfDay("16:00")).over(USUAL)
    assert Window(start=TimeOfDay("17:00")).over(usual).is_empty
    night = Window(start=TimeOfDay("22:00"), end=TimeOfDay("06:00")).over(usual)
    assert night == Weekly(1320, 1800, usual.days, usual.skips_holidays)
    assert Window(start=TimeOfDay("23:00")).over(night) == night._replace(start=1380)
    hours = hours_in(
        Window(start=TimeOfDay("17:00")),
        Place("UTC", "", house=house_of(Window(end=TimeOfDay("16:00")), Holidays())),
        Kind.EMAIL,
    )
    assert hours.due(date(2026, 6, 1), None) is None


def test_nothing_is_found_past_the_time_that_is_asked_for() -> None:
    hours = email(window("09:00-18:00"), "UTC")
    evening, nine = utc("2026-06-01T20:00"), utc("2026-06-02T09:00")
    assert hours.next_allowed(evening, nine) == nine
    assert hours.next_allowed(evening, nine - MINUTE) is None
    assert hours.next_allowed(evening, evening - MINUTE) is None


def test_c14_an_sms_keeps_to_the_recipients_own_day_in_every_zone() -> None:
    """47 CFR 64.1200 (c)(1): from 8 to 21 where the customer is, whatever the cadence says."""
    now = utc("2026-10-24T00:00")
    for home in zone_names():
        hours = hours_in(EVER, Place("Asia/Tokyo", "", home), Kind.SMS)
        for ahead in range(0, 48, 13):
            opens = hours.next_allowed(now + timedelta(hours=ahead), now + 5 * DAY)
            assert opens is not None
            assert 8 <= opens.astimezone(zone(home)).hour < 21


def test_hours_that_never_meet_the_recipients_have_no_opening() -> None:
    """From two to four in New York it is 11:30 to 13:30 in Kolkata, and night in New York."""
    at_night = window("02:00-04:00")
    now = utc("2026-06-01T00:00")
    in_new_york = hours_in(at_night, Place("America/New_York", "", "America/New_York"), Kind.SMS)
    assert in_new_york.next_allowed(now, now + AHEAD) is None
    assert in_new_york.due(date(2026, 6, 1), None) is None
    in_kolkata = hours_in(at_night, Place("America/New_York", "", "Asia/Kolkata"), Kind.SMS)
    assert in_kolkata.next_allowed(now, now + AHEAD) == utc("2026-06-01T06:00")


def test_an_sms_leaves_in_a_night_as_soon_as_it_is_day_for_the_recipient() -> None:
    """Two in the night by UTC is eight in the morning in Dhaka."""
    hours = hours_in(window("22:00-06:00"), Place("UTC", "", "Asia/Dhaka"), Kind.SMS)
    now = utc("2026-06-02T00:30")
    assert hours.next_allowed(now, now + DAY) == utc("2026-06-02T02:00")


@pytest.mark.parametrize(
    ("zone_name", "now", "begins"),
    [
        ("Asia/Kathmandu", "2026-06-01T12:37:21", "2026-06-01T18:15"),
        ("Africa/Cairo", "2026-04-23T12:00", "2026-04-23T22:00"),  # its midnight is skipped
        ("America/Havana", "2026-10-31T20:00", "2026-11-01T04:00"),  # and here it comes twice
        ("America/St_Johns", "2006-10-29T03:00", "2006-10-29T03:30"),  # at 00:01 back to 23:01
        ("Pacific/Apia", "2011-12-30T03:00", "2011-12-30T10:00"),
    ],
)
def test_the_next_day_begins_at_midnight_where_the_customer_is(
    zone_name: str, now: str, begins: str
) -> None:
    assert next_day(utc(now), zone_name) == utc(begins)
