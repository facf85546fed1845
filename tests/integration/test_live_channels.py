"""P2: a channel that reached people is never led to the stand-in, which would take all as sent."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.settle import settle
from contacts.delivery.tick import Tick
from contacts.delivery.ways_out import ways_out
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import channel_states, close_channel
from contacts.record.sending.live import (
    missing_credentials,
    note_ways,
    refuse_rehearsal,
    rehearse,
    rehearsed,
)
from contacts.settings import Settings, SettingsError
from tests.cast import NOW, ada, bob
from tests.world import world

LATER = NOW + timedelta(days=1)
MAIL = "  - {key: hello, channel: email, template: hello, day: 0}\n"


@pytest.fixture
def live(settings: Settings) -> Settings:
    """E-mail is live, SMS is not."""
    key = SecretStr("SG.a-key-of-a-test")
    return settings.model_copy(update={"sendgrid_api_key": key, "sendgrid_url": "https://sg.test"})


def problems(engine: Engine, settings: Settings) -> list[str]:
    with reading(engine) as connection:
        return [one.channel for one in missing_credentials(connection, settings)]


def warnings(engine: Engine, settings: Settings) -> list[str]:
    with reading(engine) as connection:
        return list(rehearsed(connection, settings))


async def test_a_record_that_never_was_live_is_rehearsed_with(
    engine: Engine, settings: Settings
) -> None:
    async with ways_out(engine, settings, now=NOW) as outbox:
        assert not outbox.live
    refuse_rehearsal(engine, settings)


async def test_p2_without_its_credentials_a_live_channel_is_refused(
    engine: Engine, settings: Settings, live: Settings
) -> None:
    """As on a worker that was added, or where the environment was lost at a restart."""
    async with ways_out(engine, live, now=NOW):
        pass
    assert problems(engine, live) == []
    assert problems(engine, settings) == ["email"]
    with pytest.raises(SettingsError, match=r"e-mail leaves by SendGrid since Fri 20 Nov 2026"):
        async with ways_out(engine, settings, now=LATER):
            pytest.fail("it would reach nobody")
    with pytest.raises(SettingsError, match=r"set TOUCHLINE_SENDGRID_API_KEY here as well, or"):
        refuse_rehearsal(engine, settings)


async def test_p2_what_is_due_stays_planned(
    engine: Engine, settings: Settings, live: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
    small = world(engine, settings, MAIL)
    small.plan(NOW)
    note_ways(engine, live, now=NOW)
    with pytest.raises(SettingsError, match="sendgrid_api_key"):
        await Tick(engine, settings, NOW).send()
    assert (small.touches(), small.attempts()) == ([("hello", "planned", None)], [])


async def test_p2_no_doubt_is_settled_by_the_stand_ins_word(
    engine: Engine, settings: Settings, live: Settings
) -> None:
    """Its list knows nothing of what SendGrid took: by that all of it would be sent again."""
    note_ways(engine, live, now=NOW)
    with writing(engine) as connection:
        ada(connection)
    small = world(engine, settings, MAIL)
    small.email.answers = [Receipt(Answer.UNKNOWN)]
    await small.tick(NOW)
    with pytest.raises(SettingsError, match="sendgrid_api_key"):
        await settle(engine, settings, now=LATER)
    assert small.attempts() == ["unknown"]


def test_a_channel_may_be_rehearsed_with_again_and_go_live_anew(
    engine: Engine, settings: Settings, live: Settings
) -> None:
    note_ways(engine, live, now=NOW)
    with writing(engine) as connection:
        close_channel(connection, "email", reason="moved", now=NOW)
        rehearse(connection, "email", now=LATER)
        assert [one.reason for one in channel_states(connection)] == ["moved", None]
    refuse_rehearsal(engine, settings)
    note_ways(engine, live, now=LATER)
    assert problems(engine, settings) == ["email"]


async def test_who_goes_live_is_told_what_the_stand_in_took(
    engine: Engine, settings: Settings, live: Settings
) -> None:
    with writing(engine) as connection:
        ada(connection)
        bob(connection)
    assert warnings(engine, live) == []
    await world(engine, settings, MAIL).tick(NOW)
    assert warnings(engine, settings) == []
    [said] = warnings(engine, live)
    assert said.startswith("e-mail goes live with the next pass, and 2 messages of this record")
    note_ways(engine, live, now=NOW)
    assert warnings(engine, live) == [], "it has gone live"
    with writing(engine) as connection:
        rehearse(connection, "email", now=LATER)
    assert warnings(engine, live) == [], "what left before reached people"
