"""How a page says a time: as people count days, and on whose clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.web.wording import ago, clock, day, due, elsewhere
from tests.cast import NOW

FRIDAY_NIGHT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def test_a_task_says_that_it_is_due_or_late() -> None:
    said = [due(NOW.replace(hour=hour), NOW, "UTC") for hour in (13, 15, 17)]
    assert said == ["2 hours late", "due now", "due in 2 hours"]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-23, "23 hours ago"),
        (-24, "1 day ago"),
        (-46, "1 day ago"),  # early on Thursday
        (-47, "2 days ago"),  # late on Wednesday
        (-71, "3 days ago"),
        (25, "in 1 day"),
        (26, "in 2 days"),
        (49, "in 2 days"),
    ],
)
def test_days_are_counted_by_the_calendar(hours: int, said: str) -> None:
    at = FRIDAY_NIGHT + timedelta(hours=hours)
    assert ago(at, FRIDAY_NIGHT, "UTC") == said


def test_the_calendar_is_that_of_the_zone() -> None:
    before = FRIDAY_NIGHT - timedelta(hours=29)  # Thursday 17:30, and 23:00 in India
    assert ago(before, FRIDAY_NIGHT, "UTC") == "1 day ago"
    assert ago(before, FRIDAY_NIGHT, "Asia/Kolkata") == "2 days ago"


def test_a_day_is_at_least_one_where_the_clocks_go_back() -> None:
    late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    zone = "America/New_York"  # 25 hours on that day
    last = datetime(2026, 11, 2, 4, 45, tzinfo=UTC)
    assert day(last, zone) == day(last - timedelta(hours=24), zone) == "Sun 1 Nov 2026"
    assert ago(last - timedelta(hours=24), last, zone) == "1 day ago"
    assert ago(last, late, zone) == "in 5 hours"


def test_a_moment_has_a_day_only_on_some_calendar() -> None:
    assert day(FRIDAY_NIGHT, "Asia/Kolkata") == "Sat 21 Nov 2026"
    assert clock(FRIDAY_NIGHT, "Asia/Kolkata") == "04:00"
    assert day(date(2026, 11, 20)) == "Fri 20 Nov 2026"
    with pytest.raises(TypeError, match="whose calendar"):
        day(FRIDAY_NIGHT)


def test_a_zone_is_named_where_its_clock_is_not_the_readers() -> None:
    assert elsewhere("Asia/Kolkata", NOW, "UTC") == " (Asia/Kolkata)"
    assert elsewhere("Asia/Kolkata", NOW, "Asia/Calcutta") == ""
    assert elsewhere("Europe/London", NOW, "UTC") == ""  # in winter
    assert elsewhere("Europe/London", NOW + timedelta(days=200), "UTC") == " (Europe/London)"
