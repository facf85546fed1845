"""Which names count as a time zone."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cadence_example import changed, faults_of
from cases import cases, input_of, mentions, needs_cases

from contacts.cadences.timezones import zone

REFUSED = {
    "EST": "did you mean America/New_York?",
    "est": "did you mean America/New_York?",
    "EST5EDT": "did you mean America/New_York?",
    "IST": "did you mean Asia/Kolkata, Asia/Jerusalem or Europe/Dublin?",
    "GMT": "did you mean Europe/London or UTC?",
    "GMT+3": "is an offset",
    "UTC-5": "is an offset",
    "Etc/GMT+3": "is an offset",
    "+05:30": "is an offset",
    "5.5": "is an offset",
    "Etc/GMT": "is not a time zone",
    "Etc/UTC": "did you mean UTC?",
    "Factory": "is not a time zone",
    "": "the time zone is blank",
    " \t": "the time zone is blank",
    "Asia/Kolkata ": "did you mean Asia/Kolkata?",
    "europe/minsk": "did you mean Europe/Minsk?",
    "Europe/Mnisk": "did you mean Europe/Minsk?",
    "Eastern": "did you mean America/New_York?",
    "Istambul": "did you mean Europe/Istanbul?",
    "New York": "did you mean America/New_York?",
    "US/Pacific-New": "did you mean US/Pacific?",
    "/etc/passwd": "is not a time zone",
    "../../etc/passwd": "is not a time zone",
    "Europe/Minsk\0": "is not a time zone",
    "Mars/Phobos": "is not a time zone",
}


@pytest.mark.parametrize("name", ["Europe/Minsk", "America/Argentina/Salta", "US/Pacific", "UTC"])
def test_a_region_and_city_is_a_time_zone(name: str) -> None:
    assert zone(name) == ZoneInfo(name)


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_name_is_refused_with_what_would_be_right(name: str) -> None:
    with pytest.raises(ValueError, match="time zone") as raised:
        zone(name)
    assert REFUSED[name] in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_long_name_is_repeated_only_in_part() -> None:
    with pytest.raises(ValueError, match="time zone") as raised:
        zone("x" * 10_000)
    assert len(str(raised.value)) < 200


@needs_cases
@pytest.mark.parametrize("case", cases("timezone"), ids=lambda case: case["id"])
def test_the_collected_time_zones_are_taken_or_refused(case: dict[str, Any]) -> None:
    name = input_of(case)
    if case["expect"]["outcome"] == "accept":
        assert zone(name).utcoffset is not None
        return
    with pytest.raises(ValueError, match="time zone") as raised:
        zone(name)
    assert mentions(str(raised.value), case)


@needs_cases
@pytest.mark.parametrize("case", cases("timezone"), ids=lambda case: case["id"])
def test_the_collected_time_zones_are_told_at_their_place_in_a_cadence(
    case: dict[str, Any],
) -> None:
    faults = faults_of(changed("timezone: customer", f'timezone: "{input_of(case)}"'))
    if case["expect"]["outcome"] == "accept":
        assert faults == []
        return
    (fault,) = faults
    assert (fault.line, fault.column) == (6, 11)
    assert mentions(fault.message, case)
