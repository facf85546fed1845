"""What people read of a channel: in the terminal, in a run's log and table."""

from datetime import timedelta

import pytest

from contacts.record.sending.channels import ChannelState
from flows.wording import channel_words
from tests.cast import NOW

RESTS = ChannelState("email", open=True, unknown_in_a_row=6, rested_at=NOW,
                     probe_at=NOW + timedelta(minutes=4))  # fmt: skip
HELD = ChannelState("sms", open=True, held_until=NOW + timedelta(minutes=4))


@pytest.mark.parametrize(
    ("state", "minutes", "words"),
    [
        (ChannelState("email", open=True), 0, "e-mail: open"),
        (RESTS, 2, "e-mail: rests since 2026-11-20 15:00 UTC: 6 answers in a row left it open"),
        (RESTS, 2, "one message tries again at 2026-11-20 15:04 UTC, and the rest follows"),
        (RESTS, 5, "one message tries again with the next pass, and the rest follows"),
        (HELD, 2, "SMS: open; waits until 2026-11-20 15:04 UTC, as the provider asked"),
        (HELD, 5, "SMS: open"),
        (ChannelState("sms", open=False, reason="moved", changed_at=NOW), 0,
         "SMS: closed since 2026-11-20 15:00 UTC: moved. What is due waits"),
    ],
)  # fmt: skip
def test_a_channel_is_told_with_why_and_until_when(
    state: ChannelState, minutes: int, words: str
) -> None:
    said = channel_words(state, NOW + timedelta(minutes=minutes))
    assert words in said
    assert words != "SMS: open" or said == words


def test_a_channel_that_waits_for_its_provider_may_send() -> None:
    assert HELD.may_send
    assert not RESTS.may_send
