"""`touchline channel`: a channel that a provider's refusal closed is seen, and opened again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from contacts.record.engine import open_record, reading, writing
from contacts.record.sending.channels import channel_states, close_channel, closed_channels
from contacts.settings import Settings
from tests.console import Console


@pytest.fixture
def run(workspace: Path, console: Console, give_record: Callable[[Path], None]) -> Console:
    """Runs `touchline channel` in the workspace."""
    give_record(workspace)
    return partial(console, "-w", str(workspace), "channel")


def closed(settings: Settings) -> frozenset[str]:
    engine = open_record(settings.url)
    with reading(engine) as connection:
        found = closed_channels(channel_states(connection))
    engine.dispose()
    return found


def test_all_channels_are_open_at_first(run: Console) -> None:
    assert run("status") == (0, "e-mail: open\nSMS: open\n", "")


def test_a_channel_that_a_provider_closed_is_opened_again(run: Console, settings: Settings) -> None:
    run("status")
    engine = open_record(settings.url)
    with writing(engine) as connection:
        reason, at = "the provider refuses our key or account (401)", datetime.now(UTC)
        close_channel(connection, "email", reason=reason, now=at)
    engine.dispose()

    code, said, _ = run("status")
    assert code == 1
    assert f"{at:%Y-%m-%d %H:%M} UTC: {reason}." in said
    assert "touchline channel open email" in said
    assert run("status", "sms")[0] == 0

    assert run("open", "email") == (0, "e-mail: open\n", "")
    assert closed(settings) == frozenset()
    assert run("status")[0] == 0


def test_a_channel_is_closed_by_hand_for_a_reason(run: Console, settings: Settings) -> None:
    code, said, _ = run("close", "sms", "--reason", "the number\nis moving")
    assert code == 0
    assert said.startswith("SMS: closed since ")
    assert "the number is moving" in said
    assert closed(settings) == {"sms"}


def test_its_json_has_every_channel(run: Console) -> None:
    run("close", "sms")
    code, said, _ = run("status", "--json")
    email, sms = json.loads(said)["channels"]
    assert code == 1
    assert email == {
        "name": "email", "open": True, "reason": None, "changed_at": None,
        "unknown_in_a_row": 0, "rested_at": None, "probe_at": None, "held_until": None,
        "marketing_held": None, "opened_at": None,
    }  # fmt: skip
    assert (sms["open"], sms["reason"]) == (False, "closed by hand")
    assert datetime.fromisoformat(sms["changed_at"]).tzinfo is not None


@pytest.mark.parametrize("words", [("open",), ("close",), ("open", "fax"), ("shut", "sms"), ()])
def test_wrong_use_exits_2_and_changes_nothing(
    run: Console, settings: Settings, words: tuple[str, ...]
) -> None:
    run("close", "email")
    code, _, said = run(*words)
    assert code == 2
    assert said
    assert closed(settings) == {"email"}
