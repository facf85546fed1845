"""`touchline tick`: a pass without Prefect, on the real clock and on another."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.settings import Settings
from flows.command_line import main
from tests.noon import ADDRESS, NUMBER, noon_workspace


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Touchline = Callable[..., Awaitable[Ended]]


@pytest.fixture
def business(tmp_path: Path) -> Settings:
    return noon_workspace(tmp_path / "business", {"hello": "email", "quiet": "sms"})


@pytest.fixture
def touchline(
    business: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Touchline:
    """Runs the console script's own entry on a thread, so that the stand-in goes on beside it."""

    def run(*words: str) -> Ended:
        folder = str(business.workspace)
        monkeypatch.setattr(sys, "argv", ["touchline", "--workspace", folder, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return lambda *words: asyncio.to_thread(run, *words)


async def take_in(touchline: Touchline, settings: Settings) -> None:
    file = str(settings.workspace / "data" / "customers.csv")
    assert (await touchline("import", "customers", file)).code == 0


async def test_a_tick_plans_and_sends_what_is_due(touchline: Touchline, business: Settings) -> None:
    await take_in(touchline, business)
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        first = await touchline("tick")
        second = await touchline("tick", "--json")
        sent = {kept.to for kept in standin.state.book.newest()}
    assert first.code == 0, first.err
    assert "send · 2 sent" in first.out
    assert sent == {ADDRESS, NUMBER}
    assert sum(row["sent"] for row in json.loads(second.out)["sent"]) == 0


async def test_a_tick_as_of_the_night_finds_every_window_closed(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    night = datetime.now(UTC) + timedelta(hours=12)
    async with running_standin(standin_folder(business.state), port=business.standin_port) as one:
        ended = await touchline("tick", "--at", night.isoformat())
        assert list(one.state.book.newest()) == []
    assert ended.code == 0, ended.err
    assert ended.out.count("1 planned") == 2


async def test_what_was_paused_in_prefect_stays_paused_in_a_tick(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    business.state.mkdir(exist_ok=True)
    (business.state / "paused.json").write_text('["quiet"]', encoding="utf-8")
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS}


async def test_without_the_standin_touches_stay_planned(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    ended = await touchline("tick")
    assert ended.code == 3
    assert business.standin_url in ended.err
    assert "stays planned" in ended.err
    async with running_standin(standin_folder(business.state), port=business.standin_port) as one:
        await touchline("tick")
        assert len(list(one.state.book.newest())) == 2


@pytest.mark.parametrize("at", ["tomorrow", "2026-11-20T09:00:00"])
async def test_an_instant_must_be_exact(touchline: Touchline, at: str) -> None:
    ended = await touchline("tick", "--at", at)
    assert ended.code == 2
    assert f"--at {at}" in ended.err


async def test_another_time_is_refused_where_customers_would_receive_it(
    touchline: Touchline, business: Settings
) -> None:
    path = business.workspace / ".env"
    path.write_text("TOUCHLINE_SENDGRID_API_KEY=SG.example\n", encoding="utf-8")
    ended = await touchline("tick", "--at", "2026-11-20T09:00:00Z")
    assert ended.code == 2
    assert "live" in ended.err
