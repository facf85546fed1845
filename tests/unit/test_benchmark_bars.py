"""Whether a measured number holds its bar."""

import pytest

from benchmarks.report import BARS, Verdict


@pytest.mark.parametrize(
    ("name", "measured", "holds", "holds_now"),
    [
        ("floor", 0.65, True, True),
        ("floor", 0.64, False, True),
        ("floor", 0.44, False, False),
        ("peak", 130.0, True, True),
        ("peak", 130.1, False, True),
        ("peak", 150.1, False, False),
        ("sms", 0.1, False, True),
    ],
)
def test_a_number_is_held_against_its_bar_and_what_is_asked_now(
    name: str, measured: float, holds: bool, holds_now: bool
) -> None:
    verdict = Verdict(name, measured)

    assert (verdict.holds, verdict.holds_now) == (holds, holds_now)


def test_what_is_asked_now_is_never_more_than_the_bar() -> None:
    assert all(Verdict(name, bar.now or bar.limit).holds_now for name, bar in BARS.items())
    assert not [
        name
        for name, bar in BARS.items()
        if bar.now is not None and Verdict(name, bar.limit).holds_now is False
    ]
