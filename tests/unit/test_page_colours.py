"""The colours of the pages: words stand out from their ground (WCAG 2.2, 1.4.3), drawings from it
(1.4.11) and, for every eye, from each other."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import dist

import pytest

from contacts.web.assets import stylesheet
from contacts.web.board import forecast

PAIRS = (
    "ink paper", "ink card", "ink line", "soft paper", "soft card", "soft accent-soft",
    "accent paper", "accent card", "accent accent-soft", "on-accent accent", "warn paper",
    "warn card", "warn warn-soft", "good good-soft", "bad bad-soft",
)  # fmt: skip

EXCEPTIONS = {"uncovered": "bad", "unowned": "call"}
"""The colours of the bars of the proof."""
KINDS = ("accent", "sms", "call", "visit", "letter")
"""Of the bars of the forecast; e-mail has the colour of the house."""
EYES = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "no green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "no blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
"""How eyes mix red, green and blue light (Machado, Oliveira and Fernandes, 2009)."""
_WHITE = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8729))


def colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", stylesheet(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return light if scheme == "light" else light | dark


def light(colour: str) -> tuple[float, ...]:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return tuple(
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )


def luminance(colour: str) -> float:
    red, green, blue = light(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(scheme: str, pair: str) -> float:
    one, other = (luminance(colours(scheme)[name]) for name in pair.split())
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def seen(colour: str, eye: str) -> tuple[float, float, float]:
    """The colour where equal distances look equally far apart (CIE L*a*b*)."""
    there = [min(max(value, 0.0), 1.0) for value in mixed(EYES[eye], light(colour))]
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in mixed(_WHITE, there)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def mixed(rows: Iterable[Sequence[float]], values: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, values, strict=True)) for row in rows]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS)
def test_words_stand_out_from_their_ground(scheme: str, pair: str) -> None:
    assert contrast(scheme, pair) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [*KINDS, *EXCEPTIONS.values()])
def test_the_bars_of_each_kind_stand_out_from_their_ground(scheme: str, kind: str) -> None:
    assert contrast(scheme, f"{kind} card") >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_the_kinds_of_touches_apart(scheme: str, eye: str) -> None:
    for pair in [*combinations(KINDS, 2), tuple(EXCEPTIONS.values())]:
        one, other = (seen(colours(scheme)[kind], eye) for kind in pair)
        assert dist(one, other) > 20, pair


def test_each_kind_of_the_forecast_and_of_the_proof_has_a_colour_of_its_own() -> None:
    filled = dict(re.findall(r"\.plot rect\.(\w+) \{ fill: var\(--([a-z-]+)\)", stylesheet()))
    assert [filled.get(kind, "accent") for kind in forecast.CHANNELS] == list(KINDS)
    assert {kind: filled[kind] for kind in EXCEPTIONS} == EXCEPTIONS
