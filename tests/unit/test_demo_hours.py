"""The hours of the people in the demo: who sleeps answers nothing, and is called by nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.demo.hours import after_the_night, can_talk, is_awake

NEW_YORK, LOS_ANGELES, KATHMANDU = "America/New_York", "America/Los_Angeles", "Asia/Kathmandu"
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "awake"), [(2, 14, False), (2, 15, True), (16, 14, True), (16, 15, False)]
)
def test_people_are_awake_by_their_own_clock(hour: int, minute: int, awake: bool) -> None:
    assert is_awake(FRIDAY.replace(hour=hour, minute=minute), KATHMANDU) == awake


def test_what_falls_into_the_night_is_done_in_the_day_after_it() -> None:
    for minutes in range(0, 24 * 60, 7):
        at = FRIDAY + timedelta(minutes=minutes)
        moved = after_the_night(at, KATHMANDU)
        assert is_awake(moved, KATHMANDU)
        assert (moved == at) == is_awake(at, KATHMANDU)


@pytest.mark.parametrize(("hour", "can"), [(14, False), (16, False), (17, True), (23, False)])
def test_an_owner_calls_at_an_hour_that_suits_both(hour: int, can: bool) -> None:
    now = FRIDAY.replace(hour=hour)
    assert can_talk(now, owner=NEW_YORK, customer=LOS_ANGELES, since=now) == can


def test_an_owner_calls_nobody_at_the_weekend() -> None:
    now = FRIDAY.replace(hour=17) + timedelta(days=1)
    assert not can_talk(now, owner=NEW_YORK, customer=LOS_ANGELES, since=FRIDAY)


def test_where_no_hour_suits_both_the_customers_decides_in_the_end() -> None:
    now = FRIDAY.replace(hour=5)
    assert not can_talk(now, owner=NEW_YORK, customer=KATHMANDU, since=now - timedelta(days=2))
    assert can_talk(now, owner=NEW_YORK, customer=KATHMANDU, since=now - timedelta(days=4))
