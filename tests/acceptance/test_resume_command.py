"""`touchline resume`: a pause as people meet it on the command line."""

import json
import shutil
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.record.engine import open_record, writing
from contacts.record.tables import Heartbeat
from contacts.settings import Settings
from tests.console import Touchline


def pass_days(settings: Settings, days: int) -> None:
    """The record's last sign of life is so many days older."""
    engine = open_record(settings.url)
    with writing(engine) as connection:
        at = datetime.now(UTC) - timedelta(days=days)
        connection.execute(update(Heartbeat).values(at=at))
    engine.dispose()


async def test_after_three_days_nothing_leaves_until_it_is_told_to(
    touchline: Touchline, business: Settings
) -> None:
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        await touchline("tick")
        pass_days(business, 3)
        file = str(business.workspace / "data" / "customers.csv")
        await touchline("import", "customers", file)
        halted = await touchline("tick")
        plan = await touchline("resume", "--plan")
        as_json = json.loads((await touchline("resume", "--plan", "--json")).out)
        assert list(standin.state.book.newest()) == []
        resumed = await touchline("resume")
        sent = await touchline("tick")
        assert len(list(standin.state.book.newest())) == 2
        again = await touchline("resume")
    assert (halted.code, plan.code, resumed.code, sent.code) == (1, 0, 0, 0)
    assert "send · paused: nothing ran for 3 days" in halted.out
    assert "'touchline resume --plan'" in halted.err
    assert "Sending is paused. Nothing ran for 3 days" in plan.out
    assert "Nothing was sent." in plan.out
    assert (as_json["paused"], as_json["why"], as_json["backlog"]) == (True, "downtime", 2)
    assert {(row["cadence"], row["channel"], row["now"]) for row in as_json["expected"]} == {
        ("hello", "email", 1),
        ("quiet", "sms", 1),
    }
    assert "Sending goes on." in resumed.out
    assert "send · 2 sent" in sent.out
    assert "not paused" in again.out
    assert max(len(line) for line in plan.out.splitlines()) <= 80


async def test_what_waits_is_counted_by_its_reason_in_json(
    touchline: Touchline, business: Settings
) -> None:
    await touchline("import", "customers", str(business.workspace / "data" / "customers.csv"))
    (business.state / "paused.json").write_text('["quiet"]', encoding="utf-8")
    ended = await touchline("resume", "--plan", "--json")
    rows = {row["cadence"]: row for row in json.loads(ended.out)["expected"]}
    assert rows["hello"]["later"] == {}
    assert rows["quiet"]["later"] == {"paused": 1}


async def test_a_record_put_back_from_a_backup_is_noticed_and_said(
    touchline: Touchline, business: Settings
) -> None:
    record = business.state / "touchline.db"
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        await touchline("tick")
        pass_days(business, 2)
        shutil.copyfile(record, record.with_suffix(".bak"))
        await touchline("resume")
        file = str(business.workspace / "data" / "customers.csv")
        await touchline("import", "customers", file)
        await touchline("tick")
        left = len(list(standin.state.book.newest()))
        for extra in business.state.glob("touchline.db-*"):
            extra.unlink()
        shutil.copyfile(record.with_suffix(".bak"), record)
        await touchline("import", "customers", file)
        halted = await touchline("tick")
        plan = await touchline("resume", "--plan")
        resumed = await touchline("resume")
        await touchline("tick")
        assert len(list(standin.state.book.newest())) == left == 2
    assert "an earlier one, as from a backup" in halted.out
    assert "2 of these may have left already" in " ".join(plan.out.split())
    assert "nobody can tell: skipped as 'restored'" in resumed.out
    assert "Opt-outs" in resumed.out
    assert max(len(line) for line in [*plan.out.splitlines(), *resumed.out.splitlines()]) <= 80


async def test_up_and_health_say_that_it_is_paused(
    touchline: Touchline, business: Settings
) -> None:
    from fastapi.testclient import TestClient

    from contacts.web.app import create_app

    async with running_standin(standin_folder(business.state), port=business.standin_port):
        await touchline("tick")
    engine = open_record(business.url)
    client = TestClient(create_app(business, engine, clock=lambda: datetime.now(UTC)))
    assert client.get("/health").json()["sending"] == "on"
    pass_days(business, 3)
    said = client.get("/health").json()
    engine.dispose()
    assert (said["status"], said["sending"]) == ("ok", "paused")
    assert said["paused"] == "nothing ran for 3 days"
