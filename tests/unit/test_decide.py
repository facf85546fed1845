"""What comes next on a cadence."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.cadences.calendar import Place
from contacts.cadences.decide import End, NextTouch, Standing, decide
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Cadence, Kind
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason

KOLKATA = Place(zone="Asia/Kolkata", country="IN")
ANYONE = Reach(email=None, sms=None)
MONDAY = datetime(2026, 6, 1, 5, 0, tzinfo=UTC)  # 10:30 in Kolkata


def cadence(steps: str, **extra: str) -> Cadence:
    lines = [f"{key}: {value}" for key, value in extra.items()]
    text = "\n".join(
        [
            "name: sample",
            "goal: to be tested",
            "purpose: service",
            "start: {on: customer.added}",
            *lines,
            "steps:",
            steps,
        ]
    )
    return parse_cadence(text, "sample.yaml")


DAILY = cadence(
    """
  - {key: one, channel: email, template: one, day: 0}
  - {key: two, channel: email, template: two, day: 1}
  - {key: three, channel: email, template: three, day: 2}
  - {key: four, channel: email, template: four, day: 3}
"""
)


def standing(**changes: object) -> Standing:
    place: dict[str, object] = {
        "started_at": MONDAY,
        "started_on": date(2026, 6, 1),
        "round": 1,
        "position": 0,
        "last_made_at": None,
    }
    return Standing(**(place | changes))  # type: ignore[arg-type]


def next_touch(
    sample: Cadence, place: Standing, *, now: datetime = MONDAY, reach: Reach = ANYONE
) -> NextTouch:
    decision = decide(sample, place, reach=reach, place=KOLKATA, now=now)
    assert isinstance(decision.next, NextTouch)
    return decision.next


def local(hour: int, minute: int = 0, *, day: int) -> datetime:
    """An hour of a day of June 2026 in Kolkata, five and a half hours ahead of UTC."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC) - timedelta(hours=5, minutes=30)


def test_who_starts_inside_the_window_gets_the_first_touch_at_once() -> None:
    touch = next_touch(DAILY, standing())
    assert (touch.step.key, touch.due.instant) == ("one", MONDAY)


def test_who_starts_at_night_gets_it_when_the_window_opens() -> None:
    at_night = local(22, day=1)
    touch = next_touch(DAILY, standing(started_at=at_night), now=at_night)
    assert touch.due.instant == local(9, day=2)


def test_a_welcome_may_leave_at_any_time_and_by_sms_only_in_the_window() -> None:
    sample = cadence(
        "  - {key: one, channel: email, template: one, day: 0, any_time: true, otherwise: sms}\n"
    )
    saturday_night = local(23, day=6)
    place = standing(started_at=saturday_night, started_on=date(2026, 6, 6))
    assert next_touch(sample, place, now=saturday_night).due.instant == saturday_night
    by_sms = next_touch(
        sample, place, now=saturday_night, reach=Reach(email=Reason.NO_ADDRESS, sms=None)
    )
    assert (by_sms.channel, by_sms.due.instant) == (Kind.SMS, local(9, day=8))


def test_days_count_on_the_customers_calendar() -> None:
    touch = next_touch(DAILY, standing(position=1, last_made_at=MONDAY))
    assert touch.due.instant == local(9, day=2)
    assert touch.due.local == datetime(2026, 6, 2, 9, 0)  # noqa: DTZ001  # a wall time


def test_a_weekend_moves_daily_touches_without_bunching_them() -> None:
    friday = standing(
        started_at=local(10, day=5), started_on=date(2026, 6, 5), last_made_at=local(10, day=5)
    )
    second = next_touch(DAILY, Standing(**_with(friday, position=1)), now=local(11, day=5))
    assert second.due.instant == local(9, day=8)
    made = Standing(**_with(friday, position=2, last_made_at=local(9, day=8)))
    assert next_touch(DAILY, made, now=local(10, day=8)).due.instant == local(9, day=9)


ALTERNATIVES = cadence(
    """
  - {key: hello, channel: email, template: one, day: 0}
  - {key: beginners, channel: email, template: two, day: 1}
  - {key: experts, channel: email, template: three, day: 1}
  - {key: later, channel: email, template: four, day: 2}
"""
)


def test_an_alternative_of_the_same_day_takes_the_day_of_the_one_that_was_skipped() -> None:
    """Day 1 is a Saturday, so it slid to Monday; on Monday `beginners` was skipped."""
    place = standing(
        started_at=local(10, day=5),
        started_on=date(2026, 6, 5),
        position=2,
        last_made_at=local(10, day=5),
        last_made=0,
    )
    touch = next_touch(ALTERNATIVES, place, now=local(9, 5, day=8))
    assert (touch.step.key, touch.due.instant) == ("experts", local(9, day=8))
    assert touch.not_after == local(9, day=9)


def test_two_steps_of_one_day_share_it_where_both_are_made() -> None:
    place = standing(position=2, last_made_at=local(11, day=2), last_made=1)
    assert next_touch(ALTERNATIVES, place, now=local(11, day=2)).due.local.date() == date(
        2026, 6, 2
    )


def test_a_day_that_an_earlier_step_slid_onto_is_not_shared() -> None:
    """`hello` was made on Tuesday, late; day 1 was Tuesday too, and moves to Wednesday."""
    place = standing(position=1, last_made_at=local(10, day=2), last_made=0)
    assert next_touch(ALTERNATIVES, place, now=local(11, day=2)).due.instant == local(9, day=3)


def test_a_touch_is_fresh_until_the_next_step_is_due() -> None:
    touch = next_touch(DAILY, standing(position=1, last_made_at=MONDAY))
    assert touch.not_after == local(9, day=3)


def test_the_last_touch_is_fresh_for_48_hours() -> None:
    touch = next_touch(DAILY, standing(position=3, last_made_at=local(9, day=3)))
    assert touch.not_after == touch.due.instant + timedelta(hours=48)


def test_after_an_outage_only_the_newest_step_is_left() -> None:
    late = local(12, day=4)
    place = standing(position=1, last_made_at=MONDAY)
    decision = decide(DAILY, place, reach=ANYONE, place=KOLKATA, now=late)
    assert [(one.step.key, one.reason) for one in decision.skipped] == [
        ("two", Reason.SUPERSEDED),
        ("three", Reason.SUPERSEDED),
    ]
    assert isinstance(decision.next, NextTouch)
    assert decision.next.step.key == "four"


def test_a_cadence_ends_after_its_last_step() -> None:
    decision = decide(
        DAILY, standing(position=4, last_made_at=MONDAY), reach=ANYONE, place=KOLKATA, now=MONDAY
    )
    assert decision.next == End(None)


def test_after_counts_from_the_touch_really_made() -> None:
    sample = cadence(
        """
  - {key: one, channel: email, template: one, day: 0}
  - {key: two, channel: email, template: two, after: 1w}
"""
    )
    touch = next_touch(sample, standing(position=1, last_made_at=local(9, day=3)))
    assert touch.due.instant == local(9, day=10)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(email=None, sms=None), Kind.SMS),
        (Reach(email=None, sms=Reason.CONSENT), Kind.EMAIL),
    ],
)
def test_otherwise_names_the_channel_to_fall_back_to(reach: Reach, expected: Kind) -> None:
    sample = cadence(
        "  - {key: one, channel: sms, template: one, day: 0, at: '10:00', otherwise: email}\n"
    )
    assert next_touch(sample, standing(), reach=reach).channel is expected


def test_a_step_that_no_channel_can_carry_is_skipped_with_the_reason() -> None:
    cut_off = Reach(email=Reason.SUPPRESSED, sms=Reason.NO_ADDRESS)
    decision = decide(DAILY, standing(), reach=cut_off, place=KOLKATA, now=MONDAY)
    assert [one.reason for one in decision.skipped] == [Reason.SUPPRESSED] * 4
    assert decision.next == End(None)


NURTURE = cadence(
    """
  - {key: one, channel: email, template: one, after: 30d}
  - {key: two, channel: email, template: two, after: 30d}
""",
    repeat="30d",
)


def test_a_repeating_cadence_begins_again_so_long_after_its_last_touch() -> None:
    done = standing(position=2, last_made_at=local(9, day=1))
    touch = next_touch(NURTURE, done, now=local(10, day=1))
    assert (touch.step.key, touch.standing.round) == ("one", 2)
    assert touch.due.local.date() == date(2026, 7, 1)


def test_a_round_in_which_nothing_could_be_made_ends_the_cadence_as_unreachable() -> None:
    cut_off = Reach(email=Reason.CONSENT, sms=Reason.CONSENT)
    decision = decide(NURTURE, standing(), reach=cut_off, place=KOLKATA, now=MONDAY)
    assert decision.next == End(Reason.UNREACHABLE)


IDLE = NURTURE.model_copy(
    update={"repeat": None, "start": NURTURE.start.model_copy(update={"on": "customer.idle"})}
)
"""After it, nothing takes over but itself."""


def test_an_idle_cadence_that_reaches_nobody_ends_as_unreachable_without_repeat_too() -> None:
    cut_off = Reach(email=Reason.SUPPRESSED, sms=Reason.CONSENT)
    decision = decide(IDLE, standing(), reach=cut_off, place=KOLKATA, now=MONDAY)
    assert decision.next == End(Reason.UNREACHABLE)
    assert [one.reason for one in decision.skipped] == [Reason.SUPPRESSED] * 2


@pytest.mark.parametrize("sample", [NURTURE, IDLE])
def test_a_round_that_was_missed_does_not_make_a_customer_unreachable(sample: Cadence) -> None:
    """All of it was stale, as after a long outage; its start takes the customer in again."""
    late = MONDAY + timedelta(days=300)
    decision = decide(sample, standing(), reach=ANYONE, place=KOLKATA, now=late)
    assert [one.reason for one in decision.skipped] == [Reason.STALE] * 2
    assert decision.next == End(None)


def test_a_call_is_worth_making_days_late() -> None:
    sample = cadence("  - {key: call, channel: call, template: call, day: 0}\n")
    assert next_touch(sample, standing(), now=MONDAY + timedelta(days=5)).step.key == "call"


IN_AUCKLAND = Place(zone="America/New_York", country="", home="Pacific/Auckland")
AT_NOON = {"timezone": "America/New_York", "window": "{start: '12:00', end: '15:00'}"}
"""From noon to three in New York it is four to seven in the morning in Auckland."""


def test_an_sms_for_which_there_is_no_hour_is_skipped_and_says_so() -> None:
    sample = cadence(
        "  - {key: one, channel: sms, template: one, day: 0}\n"
        "  - {key: two, channel: email, template: two, day: 0}\n",
        **AT_NOON,
    )
    decision = decide(sample, standing(), reach=ANYONE, place=IN_AUCKLAND, now=MONDAY)
    assert [(one.step.key, one.reason) for one in decision.skipped] == [("one", Reason.NO_HOURS)]
    assert isinstance(decision.next, NextTouch)
    assert decision.next.step.key == "two"


def test_whom_no_hour_ever_suits_is_out_of_reach() -> None:
    sample = cadence(
        "  - {key: one, channel: sms, template: one, day: 0}\n", repeat="30d", **AT_NOON
    )
    decision = decide(sample, standing(), reach=ANYONE, place=IN_AUCKLAND, now=MONDAY)
    assert decision.next == End(Reason.UNREACHABLE)


NIGHTLY = cadence(
    "  - {key: one, channel: email, template: one, day: 0}\n"
    "  - {key: two, channel: email, template: two, day: 1, at: '01:00'}\n"
    "  - {key: three, channel: email, template: three, day: 2, at: '01:00'}\n",
    window="{start: '22:00', end: '06:00'}",
)


def test_who_starts_in_an_open_night_gets_the_first_touch_at_once() -> None:
    at_night = local(3, day=2)
    place = standing(started_at=at_night, started_on=date(2026, 6, 2))
    assert next_touch(NIGHTLY, place, now=at_night).due.instant == at_night


def test_a_touch_made_past_midnight_counts_for_its_evening() -> None:
    """The night of the second was open until six on the third; the next one is the third's."""
    second = next_touch(NIGHTLY, standing(position=1, last_made_at=local(22, day=1), last_made=0))
    assert second.due.instant == local(1, day=3)
    third = standing(position=2, last_made_at=local(1, day=3), last_made=1)
    assert next_touch(NIGHTLY, third, now=local(1, day=3)).due.instant == local(1, day=4)


def _with(place: Standing, **changes: object) -> dict[str, object]:
    names = ("started_at", "started_on", "round", "position", "last_made_at")
    return {name: getattr(place, name) for name in names} | changes
