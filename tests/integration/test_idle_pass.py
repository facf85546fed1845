"""A pass with nothing due looks at the record, and does nothing else."""

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.settle import settle
from contacts.delivery.tick import Tick
from contacts.record.engine import reading, writing
from contacts.record.touches.backlog import is_anything_ready
from contacts.record.touches.queue import claim, put_back
from contacts.settings import Settings, SettingsError
from tests.cast import NOW, ada
from tests.statements import statements
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}"
HOUR = timedelta(hours=1)


def with_ada(engine: Engine, settings: Settings) -> World:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)
    small.plan(NOW)
    return small


def ready(engine: Engine, *, now: datetime = NOW) -> bool:
    with reading(engine) as connection:
        return is_anything_ready(connection, now=now)


def test_nothing_is_ready_in_an_empty_record(engine: Engine) -> None:
    assert not ready(engine)


def test_a_touch_is_ready_from_its_instant_on(engine: Engine, settings: Settings) -> None:
    with_ada(engine, settings)
    assert not ready(engine, now=NOW - HOUR)
    assert ready(engine)


def test_what_another_worker_holds_is_not_ready_until_its_lease_is_over(
    engine: Engine, settings: Settings
) -> None:
    with_ada(engine, settings)
    with writing(engine) as connection:
        held = claim(connection, now=NOW, limit=1, lease_seconds=60)
    assert not ready(engine)
    with writing(engine) as connection:
        put_back(connection, {held[0]: NOW})
        claim(connection, now=NOW, limit=1, lease_seconds=-1)
    assert ready(engine)


@pytest.mark.parametrize("by", ["command", "flow"])
async def test_a_pass_with_nothing_due_looks_twice_and_does_nothing_else(
    engine: Engine, settings: Settings, by: str
) -> None:
    with_ada(engine, settings)
    early = Tick(engine, settings, NOW - HOUR)
    with statements(engine) as seen:
        if by == "command":
            early.plan([], some_held=False)
        else:
            await settle(engine, settings, now=early.now)
        report = await early.send()
    assert report.cadences == {}
    looks = [one for one in seen if one != "BEGIN"]  # so SQLite begins what only reads
    assert len(looks) == 2
    assert all(one.startswith("SELECT") and "FOR UPDATE" not in one for one in looks)
    assert ready(engine), "what is due later stays as it is"


async def test_a_pass_looks_once_whether_anything_is_in_doubt(
    engine: Engine, settings: Settings
) -> None:
    small = with_ada(engine, settings)
    small.email.answers = [Receipt(Answer.UNKNOWN)]
    await small.send(NOW)
    assert small.attempts() == ["unknown"]
    with statements(engine) as seen:
        Tick(engine, settings, NOW).plan([], some_held=False)
    look = next(one for one in seen if one != "BEGIN")
    assert "FROM attempts" in look
    assert seen.count(look) == 1
    assert len(seen) > 2, "it went on from there"


async def test_a_pass_with_nothing_due_refuses_an_address_in_clear_text(
    engine: Engine, settings: Settings
) -> None:
    clear = settings.model_copy(
        update={
            "sendgrid_url": "http://mail.example.com",
            "sendgrid_api_key": SecretStr("SG.not-a-key"),
        }
    )
    assert clear.email_is_live
    with pytest.raises(SettingsError, match="must be an https:// address"):
        await Tick(engine, clear, NOW).send()
