"""P3: another secret key, or none, stops whatever would send or listen, and says the remedy."""

import json
from pathlib import Path

import pytest

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.settings import Settings, SettingsError, load_settings
from contacts.web.__main__ import serve
from flows.workspace import opened_record
from tests.console import Touchline
from tests.noon import ADDRESS, NUMBER


def change_the_key(workspace: Path) -> Settings:
    """As on a second machine that was given a key of its own."""
    env = workspace / ".env"
    lines = env.read_text().splitlines() if env.exists() else []
    others = [line for line in lines if not line.startswith("TOUCHLINE_SECRET_KEY=")]
    env.write_text("\n".join([*others, "TOUCHLINE_SECRET_KEY=a-key-of-another-machine", ""]))
    return load_settings(workspace)


async def test_p3_with_another_key_nothing_is_sent_until_somebody_answers_for_it(
    touchline: Touchline, business: Settings
) -> None:
    file = str(business.workspace / "data" / "customers.csv")
    assert (await touchline("import", "customers", file)).code == 0
    change_the_key(business.workspace)
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        refused = await touchline("tick")
        sent_then = {kept.to for kept in standin.state.book.newest()}
        taken = await touchline("migrate", "--new-key")
        again = await touchline("migrate", "--new-key", "--json")
        ended = await touchline("tick")
        sent = {kept.to for kept in standin.state.book.newest()}
    assert (refused.code, refused.out, sent_then) == (2, "", set())
    assert "secret_key: is not the one that this record's opt-outs are kept under" in refused.err
    assert "'A lost secret key'" in refused.err
    assert taken.code == 0, taken.err
    assert "0 opt-outs of customers carried over; 0 other suppressed addresses" in taken.out
    assert json.loads(again.out)["carried_over"] is None
    assert (ended.code, sent) == (0, {ADDRESS, NUMBER})


async def test_p3_runs_and_the_web_app_are_refused_as_well(
    touchline: Touchline, business: Settings
) -> None:
    assert (await touchline("channel", "status")).code == 0
    other = change_the_key(business.workspace)
    with pytest.raises(SettingsError, match="secret_key"), opened_record(other):
        pass
    with pytest.raises(SettingsError, match="secret_key"):
        serve(other)


async def test_the_doctor_names_a_key_that_is_another_one(
    touchline: Touchline, business: Settings
) -> None:
    assert (await touchline("channel", "status")).code == 0
    sound = json.loads((await touchline("doctor", "--json")).out)["findings"]
    change_the_key(business.workspace)
    ill = json.loads((await touchline("doctor", "--json")).out)["findings"]
    [before], [after] = (
        [one for one in found if one["check"] == "secret key"] for found in (sound, ill)
    )
    assert before["verdict"] == "ok"
    assert after["verdict"] == "FAIL"
    assert "backup" in after["remedy"]
