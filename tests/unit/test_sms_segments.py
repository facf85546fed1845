"""What an SMS is billed as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.messages.segments import sms_segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("Hello", "GSM-7", 5, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("é£¥ñ Δ@", "GSM-7", 7, 1),
        ("^{}\\[]~|€", "GSM-7", 18, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 153 units hold 76 signs of two units and one unit stays empty: 230 signs need four.
        ("€" * 229, "GSM-7", 458, 4),
        ("नमस्ते", "UCS-2", 6, 1),
        ("п" * 70, "UCS-2", 70, 1),
        ("п" * 71, "UCS-2", 71, 2),
        ("п" * 134, "UCS-2", 134, 2),
        ("п" * 135, "UCS-2", 135, 3),
        ("🙂", "UCS-2", 2, 1),
        ("🙂" * 35, "UCS-2", 70, 1),
        ("🙂" * 36, "UCS-2", 72, 2),
        ("It\u2019s", "UCS-2", 4, 1),
        ("a\u00a0b", "UCS-2", 3, 1),
        ("a`b", "UCS-2", 3, 1),
    ],
)
def test_c26_encoding_units_and_segments(text: str, encoding: str, units: int, count: int) -> None:
    segments = sms_segments(text)
    assert (segments.encoding, segments.units, segments.count) == (encoding, units, count)


@given(st.text(max_size=700))
def test_c26_no_text_fits_less_than_its_segments_or_needs_more(text: str) -> None:
    segments = sms_segments(text)
    single, joined = (160, 153) if segments.encoding == "GSM-7" else (70, 67)
    if segments.units <= single:
        assert segments.count == (1 if text else 0)
    else:
        assert (segments.count - 1) * (joined - 1) < segments.units <= segments.count * joined
