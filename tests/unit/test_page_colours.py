"""The colours of the pages keep a contrast of 4.5 to 1 or better (WCAG 2.2, 1.4.3)."""

import re

import pytest

from contacts.web.assets import stylesheet

PAIRS = (
    "ink paper", "ink card", "ink line", "soft paper", "soft card", "soft accent-soft",
    "accent paper", "accent card", "accent accent-soft", "on-accent accent", "warn paper",
    "warn card", "warn warn-soft", "good good-soft", "bad bad-soft",
)  # fmt: skip


def colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", stylesheet(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS)
def test_words_stand_out_from_their_ground(scheme: str, pair: str) -> None:
    words, ground = (luminance(colours(scheme)[name]) for name in pair.split())
    lighter, darker = max(words, ground), min(words, ground)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
