"""P2: where a live channel's credentials are gone, whatever would send says so and does nothing."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.record.engine import open_record, reading
from contacts.record.sending.live import note_ways
from contacts.record.tables import Customer
from contacts.settings import Settings, SettingsError
from contacts.web.__main__ import serve
from tests.console import Touchline
from tests.noon import ADDRESS, NUMBER


def went_live(business: Settings) -> None:
    """By SendGrid, with a key that is not there any more."""
    key = SecretStr("SG.a-key-of-a-test")
    engine = open_record(business.url)
    note_ways(engine, business.model_copy(update={"sendgrid_api_key": key}), now=datetime.now(UTC))
    engine.dispose()


@pytest.fixture
async def was_live(touchline: Touchline, business: Settings) -> Settings:
    """The business with its customer taken in."""
    file = str(business.workspace / "data" / "customers.csv")
    assert (await touchline("import", "customers", file)).code == 0
    went_live(business)
    return business


async def test_p2_a_tick_is_refused_until_somebody_says_that_it_is_a_rehearsal(
    touchline: Touchline, was_live: Settings
) -> None:
    folder = standin_folder(was_live.state)
    async with running_standin(folder, port=was_live.standin_port) as standin:
        refused = await touchline("tick")
        sent_then = {kept.to for kept in standin.state.book.newest()}
        said = await touchline("channel", "rehearse", "email")
        ended = await touchline("tick")
        sent = {kept.to for kept in standin.state.book.newest()}
    assert (refused.code, refused.out, sent_then) == (2, "", set())
    assert refused.err.startswith("sendgrid_api_key: is not set here, and this record's e-mail")
    assert "set TOUCHLINE_SENDGRID_API_KEY here as well" in refused.err
    assert "'touchline channel rehearse email'" in refused.err
    assert said == (0, "e-mail: open\n", "")
    assert (ended.code, sent) == (0, {ADDRESS, NUMBER})


async def test_p2_nobody_is_erased_by_the_stand_ins_word(
    touchline: Touchline, was_live: Settings
) -> None:
    refused = await touchline("privacy", "erase", ADDRESS, "--yes")
    engine = open_record(was_live.url)
    with reading(engine) as connection:
        left = connection.execute(select(Customer.email)).scalars().all()
    engine.dispose()
    assert (refused.code, left) == (2, [ADDRESS])
    assert "sendgrid_api_key" in refused.err


def test_p2_the_web_app_believes_no_stand_in(business: Settings) -> None:
    went_live(business)
    with pytest.raises(SettingsError, match="sendgrid_api_key"):
        serve(business)


async def test_the_doctor_names_it_and_reading_goes_on(
    touchline: Touchline, was_live: Settings
) -> None:
    found = json.loads((await touchline("doctor", "--json")).out)["findings"]
    ill = [one for one in found if one["check"] == "channel" and one["verdict"] == "FAIL"]
    [said] = [one["said"] for one in ill]
    assert said.startswith("sendgrid_api_key: is not set here")
    assert (await touchline("timeline", ADDRESS)).code == 0
