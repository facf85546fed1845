"""The collected bad cadence files are refused with the words they ask for."""

from typing import Any

import pytest
from cadence_example import faults_of
from cases import cases, input_of, mentions, needs_cases

OF_THE_FILE = [
    case for case in cases("cadence_yaml") if "audience" not in case.get("precondition", "")
]
"""The others are about the customers on record; test_check_sms.py has them."""

OURS = (
    ("goal: first 30 days\n", "goal: first 30 days\npurpose: service\n"),
    ("timezone: customer\n", "timezone: customer\nstart: {on: customer.added}\n"),
    ("template: welcome.html", "template: welcome"),
    ("template: checkin.txt", "template: checkin"),
)
"""The collection's words, and ours for the same."""

SOUND = """\
name: welcome
goal: first 30 days
timezone: customer
window: {start: "09:00", end: "18:00", days: [mon, tue, wed, thu, fri]}
steps:
  - key: hello
    channel: email
    template: welcome.html
    after: 0d
"""


def in_our_words(text: str) -> str:
    for theirs, ours in OURS:
        text = text.replace(theirs, ours)
    return text


def test_a_sound_file_in_the_words_of_the_collection_is_taken() -> None:
    assert faults_of(in_our_words(SOUND), "welcome.yaml") == []


@needs_cases
@pytest.mark.parametrize("case", OF_THE_FILE, ids=lambda case: case["id"])
def test_a_collected_bad_file_is_refused_with_what_would_be_right(case: dict[str, Any]) -> None:
    faults = faults_of(in_our_words(input_of(case)), "welcome.yaml")
    assert faults
    assert any(mentions(fault.message, case) for fault in faults)
