"""Phone numbers: only those that an SMS can reach, in E.164."""

from typing import Any

import pytest

from contacts.record.customers.addresses import normalise_phone, region_of, zone_of
from tests.cases import cases, input_of, mentions, needs_cases


@needs_cases
@pytest.mark.parametrize("case", cases("phone"), ids=lambda case: case["id"])
def test_collected_phones(case: dict[str, Any]) -> None:
    region = case["default_region"]
    if case["expect"]["outcome"] == "reject":
        with pytest.raises(ValueError) as refused:  # noqa: PT011  # its words are checked below
            normalise_phone(input_of(case), region)
        assert mentions(str(refused.value), case)
        assert "\n" not in str(refused.value)
        return
    phone = normalise_phone(input_of(case), region)
    assert phone == case["expect"]["e164"]
    assert region_of(phone) == case["expect"]["region"]


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+1 202 555 0111", None),
        ("+1 (202) 555-0111", None),
        ("(202) 555-0111", "US"),
        ("202.555.0111", "US"),
        ("+1\u2011202\u2011555\u20110111", None),
        ("\uff0b1 202 555 0111", None),
    ],
)
def test_all_ways_to_write_a_number_become_one(text: str, region: str | None) -> None:
    assert normalise_phone(text, region) == "+12025550111"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("9.19877E+11", "scientific"),
        ("+1 202 555 0111 / +1 202 555 0122", "digits|one phone"),
        ("+1 202 555 0111 x7", "extension"),
        ("+1 202 555 0111 #7", "extension"),
        ("+999 123 456 789", "country"),
        ("+1 000 000 0000", "exist"),
        ("+1 900 555 0111", "premium-rate|exist"),
        ("+", "phone"),
        ("--------", "phone"),
        ("tel:+12025550111", "letters"),
    ],
)
def test_what_no_sms_can_reach_is_refused(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        normalise_phone(text, None)


def test_the_zone_of_a_number_is_told_only_where_it_is_certain() -> None:
    assert zone_of("+12025550111") == "America/New_York"
    assert zone_of("+79161234567") is None
