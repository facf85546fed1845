"""When sending waits for a person: what the folder and the record say together."""

from datetime import timedelta

import pytest

from contacts.delivery.pausing.halt import Halt, Why
from contacts.delivery.pausing.installation import Installation
from contacts.delivery.pausing.resume import judge
from contacts.record.upkeep.heartbeats import Beat
from tests.cast import NOW

A_DAY = timedelta(hours=24)
OURS = Installation("ours", beats=7, last_at=NOW)


def beat(name: str = "ours", *, beats: int = 7, ago: timedelta = timedelta(minutes=5)) -> Beat:
    return Beat(name, "host-1", NOW - ago, beats)


def why(own: Installation, *beats: Beat) -> Why | None:
    halt = judge(own, beats, longest=A_DAY, now=NOW)
    return None if halt is None else halt.why


def test_a_first_start_goes_on() -> None:
    assert why(Installation(None)) is None


def test_work_as_usual_goes_on() -> None:
    assert why(OURS, beat()) is None


@pytest.mark.parametrize(
    ("ago", "expected"), [(A_DAY, None), (A_DAY + timedelta(seconds=1), Why.DOWNTIME)]
)
def test_more_than_a_day_without_a_pass_is_downtime(ago: timedelta, expected: Why | None) -> None:
    assert why(OURS, beat(ago=ago)) is expected


def test_another_machine_that_worked_meanwhile_is_no_downtime() -> None:
    """They take over from each other, and each is known by an id of its own."""
    assert why(OURS, beat("theirs", beats=9), beat(ago=timedelta(days=9))) is None


def test_a_record_that_knows_less_than_the_folder_was_put_back() -> None:
    assert why(OURS, beat(beats=6)) is Why.RESTORED


def test_a_record_without_any_beat_was_put_back_too_if_this_folder_worked_before() -> None:
    assert why(OURS) is Why.RESTORED


def test_a_record_of_another_installation_waits() -> None:
    assert why(OURS, beat("theirs")) is Why.OTHER
    assert why(Installation(None), beat("theirs")) is Why.OTHER


def test_a_copied_folder_waits() -> None:
    copy = Installation("ours", beats=7, last_at=NOW, copied=True)
    assert why(copy, beat()) is Why.COPIED


def test_a_clock_that_was_set_back_is_no_downtime() -> None:
    assert why(OURS, beat(ago=-timedelta(days=2))) is None


def lost_until(why: Why, *, ago: timedelta) -> object:
    halt = Halt(why, NOW - ago, "host-1", NOW, folder_at=NOW - timedelta(hours=5))
    return halt.lost_until


def test_after_a_backup_days_are_lost_until_the_folder_s_last_pass() -> None:
    assert lost_until(Why.RESTORED, ago=timedelta(days=2)) == NOW - timedelta(hours=4)


def test_after_downtime_no_days_are_lost() -> None:
    assert lost_until(Why.DOWNTIME, ago=timedelta(days=2)) is None


def test_who_joins_a_record_that_is_in_use_loses_no_days() -> None:
    assert lost_until(Why.OTHER, ago=timedelta(minutes=5)) is None
    assert lost_until(Why.OTHER, ago=timedelta(hours=5)) == NOW


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_its_words(why: Why) -> None:
    halt = Halt(why, NOW - timedelta(days=3), "host-1", NOW)
    assert halt.short
    assert "2026-11-17" in halt.words
