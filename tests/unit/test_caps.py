"""Caps: no days in a row hold more than they may, and what is over one waits for the first room."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.cadences.calendar import Place
from contacts.cadences.load import parse_cadence
from contacts.cadences.model import Kind
from contacts.cadences.permit import Circumstances, Later, Request, Send, Skip, Verdict, permit
from contacts.cadences.reach import Reach
from contacts.cadences.reasons import Reason
from contacts.cadences.room import SAME_NUMBER, Before, full_cap
from contacts.caps import Cap, Caps, ChannelCaps
from contacts.record import phrases

TODAY = date(2026, 11, 18)  # a Wednesday
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NEW_YORK = "America/New_York"
A_WEEK = Cap(2, 7)
ANYONE = Reach(email=None, sms=None)

CADENCE = parse_cadence(
    "name: sample\ngoal: to be tested\npurpose: service\nstart: {on: customer.added}\n"
    "steps:\n  - {key: one, channel: email, template: hello, day: 0}\n",
    "sample.yaml",
)


def test_one_message_a_channel_and_day_is_the_most_without_any_setting() -> None:
    taken = [("email", TODAY)]
    assert full_cap(taken, "email", TODAY) == Cap(1, 1, "email")
    assert full_cap(taken, "sms", TODAY) is None
    assert full_cap(taken, "email", TODAY + DAY) is None


def test_a_week_is_seven_days_that_end_with_the_one_that_is_asked_about() -> None:
    taken = [("email", TODAY - 6 * DAY), ("sms", TODAY - 2 * DAY)]
    assert full_cap(taken, "email", TODAY, [A_WEEK]) == A_WEEK
    assert full_cap(taken, "email", TODAY + DAY, [A_WEEK]) is None


def test_a_channels_own_cap_counts_its_messages_alone() -> None:
    taken = [("email", TODAY - DAY), ("email", TODAY - 2 * DAY)]
    own = Cap(2, 7, "email")
    assert full_cap(taken, "email", TODAY, [own]) == own
    assert full_cap(taken, "sms", TODAY, [own]) is None


@pytest.mark.parametrize(
    ("caps", "met"),
    [
        ({"day": 5, "week": 2}, [("5/1/", "2/7/")]),
        ({"day": 2, "week": 2, "month": 8}, []),
        ({"week": 3, "email": {"day": 1, "week": 4}}, [("4/7/email", "3/7/")]),
        ({"week": 9, "email": {"week": 2}, "sms": {"month": 2}}, []),
        ({"email": {"month": 2}, "sms": {"week": 3}}, []),
    ],
)
def test_a_cap_that_is_never_met_is_known(caps: dict[str, Any], met: list[tuple[str, str]]) -> None:
    found = Caps.model_validate(caps).never_met()
    assert [(one.code, before.code) for one, before in found] == met


def test_c15_what_reached_the_same_number_counts_for_sms_and_for_nothing_else() -> None:
    taken = [(SAME_NUMBER, TODAY)] * 3
    of_sms = Cap(3, 1, "sms")
    assert full_cap(taken, "sms", TODAY, [of_sms]) == of_sms
    assert full_cap(taken, "sms", TODAY, [Cap(1, 7)]) is None
    assert full_cap(taken, "email", TODAY, [of_sms]) is None


def test_the_caps_of_the_settings_are_told_longest_first() -> None:
    caps = Caps(day=2, month=9, email=ChannelCaps(week=3))
    assert caps.limits == (Cap(9, 30), Cap(3, 7, "email"), Cap(2, 1))
    assert Caps().limits == ()
    assert [Cap.of(cap.code) for cap in caps.limits] == list(caps.limits)


_CAPS = st.lists(
    st.builds(Cap, st.integers(1, 4), st.sampled_from([1, 7, 30]), st.sampled_from(["", "email"])),
    max_size=3,
)
_ASKED = st.lists(st.tuples(st.sampled_from(["email", "sms"]), st.integers(0, 40)), max_size=60)


@given(_CAPS, _ASKED)
def test_no_days_in_a_row_hold_more_than_their_cap_whatever_the_order(
    caps: list[Cap], asked: list[tuple[str, int]]
) -> None:
    """Days are asked about forwards and backwards: a customer may move to another zone."""
    taken: list[tuple[str, date]] = []
    for channel, ahead in asked:
        if full_cap(taken, channel, TODAY + ahead * DAY, caps) is None:
            taken.append((channel, TODAY + ahead * DAY))
    for cap in caps:
        for first in (TODAY + ahead * DAY for ahead in range(-30, 41)):
            within = range(first.toordinal(), first.toordinal() + cap.days)
            of_it = [c for c, on in taken if on.toordinal() in within and cap.channel in ("", c)]
            assert len(of_it) <= cap.most
    assert len(set(taken)) == len(taken)


def asked(
    taken: list[tuple[str, date]] | Before, *caps: Cap, hours: int = 48, now: datetime = NOON
) -> Verdict:
    """The verdict on a mail that is due at noon on Wednesday, and fresh for so many hours."""
    request = Request(
        CADENCE, CADENCE.steps[0], NOON + timedelta(hours=hours), Place("UTC", ""), TODAY, {}
    )
    before = taken if isinstance(taken, Before) else Before(taken)
    return permit(request, ANYONE, Circumstances(now, caps=caps), before=before)


def test_what_is_over_a_cap_waits_for_the_first_day_that_has_room() -> None:
    """Not for the day after today: the days are counted."""
    taken = [("sms", TODAY - 5 * DAY), ("sms", TODAY - DAY)]
    friday_at_nine = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert asked(taken, A_WEEK) == Later(friday_at_nine, Reason.CAPPED, A_WEEK)
    assert asked(taken[1:], A_WEEK) == Send(Kind.EMAIL)


def test_what_finds_no_room_in_its_time_is_given_up_and_says_for_which_cap() -> None:
    taken = [("sms", TODAY - 4 * DAY), ("sms", TODAY - DAY)]
    assert asked(taken, A_WEEK) == Skip(Reason.CAPPED, A_WEEK)
    assert asked(taken, A_WEEK, hours=96) == Skip(Reason.CAPPED, A_WEEK)  # room on a Saturday


def test_a_day_that_begins_as_its_time_ends_has_no_room() -> None:
    today = [("email", TODAY)]
    assert asked(today, hours=21) == Skip(Reason.CAPPED, Cap(1, 1, "email"))
    assert isinstance(asked(today, hours=22), Later)


def test_room_on_a_closed_day_waits_for_the_next_open_one() -> None:
    taken = [("sms", TODAY - 4 * DAY), ("sms", TODAY - DAY)]
    monday_at_nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert asked(taken, A_WEEK, hours=120) == Later(monday_at_nine, Reason.CAPPED, A_WEEK)


MAIL_TODAY = [("email", TODAY)]
A_QUARTER = timedelta(minutes=15)


def test_what_is_about_to_leave_takes_the_day_once_it_has_left() -> None:
    verdict = asked(Before(going=MAIL_TODAY))
    assert verdict == Later(NOON, Reason.CAPPED, Cap(1, 1, "email"))
    assert asked(Before(going=[("sms", TODAY)])) == Send(Kind.EMAIL)


def test_what_is_planned_is_waited_for_as_long_as_there_is_time() -> None:
    planned = Before(planned=MAIL_TODAY)
    assert asked(planned) == Later(NOON + A_QUARTER, Reason.SPREAD)
    almost_six = NOON + timedelta(hours=5, minutes=50)
    thursday_at_nine = NOON + timedelta(hours=21)
    assert asked(planned, now=almost_six) == Later(thursday_at_nine, Reason.SPREAD)
    assert asked(planned, now=almost_six, hours=6) == Send(Kind.EMAIL)
    assert asked(planned._replace(going=MAIL_TODAY), now=almost_six, hours=6) == Later(
        almost_six, Reason.CAPPED, Cap(1, 1, "email")
    )


def test_the_cap_that_holds_longest_is_the_one_that_is_told() -> None:
    taken = [("email", TODAY), ("sms", TODAY - 5 * DAY)]
    told = asked(taken, A_WEEK)
    assert told == Later(datetime(2026, 11, 20, 9, tzinfo=UTC), Reason.CAPPED, A_WEEK)
    assert asked(taken) == Later(
        datetime(2026, 11, 19, 9, tzinfo=UTC), Reason.CAPPED, Cap(1, 1, "email")
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("3/7/email", "3 e-mails in 7 days are the most (cap)"),
        ("1/1/email", "1 e-mail a day is the most (cap)"),
        ("2/30/sms", "2 SMS in 30 days are the most (cap)"),
        ("1/7/", "1 message in 7 days is the most (cap)"),
        ("4/1/", "4 messages a day are the most (cap)"),
    ],
)
def test_a_cap_is_told_in_words(code: str, words: str) -> None:
    assert phrases.capped(code) == words


def test_a_deferral_is_told_with_its_end() -> None:
    words = phrases.waits(
        phrases.capped("3/7/email"), until=date(2026, 5, 12), not_after=date(2026, 5, 14)
    )
    assert words == (
        "waits until 12 May: 3 e-mails in 7 days are the most (cap); given up after 14 May"
    )
