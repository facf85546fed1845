"""`touchline tick`: a pass without Prefect, on the real clock and on another."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import Engine, select

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.channels.standin import running_standin
from contacts.record.engine import open_record, reading
from contacts.record.tables import Attempt, Heartbeat
from contacts.settings import Settings
from tests.console import Touchline
from tests.failing_record import failing_after_a_message
from tests.noon import ADDRESS, NUMBER


async def take_in(touchline: Touchline, settings: Settings) -> None:
    file = str(settings.workspace / "data" / "customers.csv")
    assert (await touchline("import", "customers", file)).code == 0


async def test_a_tick_plans_and_sends_what_is_due(touchline: Touchline, business: Settings) -> None:
    await take_in(touchline, business)
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        first = await touchline("tick")
        proof = await touchline("stale")
        second = await touchline("tick", "--json")
        sent = {kept.to for kept in standin.state.book.newest()}
    assert first.code == 0, first.err
    assert "care · 1 of 1 in hand" in first.out
    assert "send · 2 sent" in first.out
    assert sent == {ADDRESS, NUMBER}
    found = json.loads(second.out)
    assert found["swept"] is None, "once a day"
    assert proof.out.startswith("1 of 1 active customer is in hand: 1 by a task."), "it is over"
    assert sum(row["sent"] for row in found["sent"]) == 0
    assert [(row["planned"], row["skipped"]) for row in found["planned"]] == [(0, 0), (0, 0)]


async def test_a_tick_that_cannot_send_says_what_it_planned_in_json(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    ended = await touchline("tick", "--json")
    said = json.loads(ended.out)
    assert ended.code == 3
    assert sum(row["planned"] for row in said["planned"]) == 2
    assert (said["sent"], said["planned_then"], said["paused"]) == ([], [], None)
    in_hand = {"active": 1, "covered": 1, "uncovered": 0, "unowned": 0, "repaired": {}}
    assert said["swept"] == in_hand
    assert said["could_not_send"].startswith("the stand-in does not answer at http://127.0.0.1:")
    assert said["could_not_send"] in ended.err


async def test_after_the_first_tick_everybody_is_in_hand(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    with (business.workspace / "cadences" / "hello.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {key: second, channel: email, template: welcome, day: 9}\n")
    async with running_standin(standin_folder(business.state), port=business.standin_port):
        first = await touchline("tick")
        proof = await touchline("stale")
    assert "send · 2 sent\nplan · hello: 1 planned" in first.out
    assert proof.code == 0, proof.out
    assert "1 of 1 active customer is in hand" in proof.out


@pytest.mark.parametrize("as_json", [False, True])
async def test_what_has_left_is_told_also_where_the_record_then_fails(
    touchline: Touchline, business: Settings, as_json: bool
) -> None:
    await take_in(touchline, business)
    with (business.workspace / "cadences" / "hello.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {key: second, channel: email, template: welcome, day: 9}\n")
    with failing_after_a_message(business):
        async with running_standin(standin_folder(business.state), port=business.standin_port):
            ended = await touchline("tick", *(["--json"] if as_json else []))
    assert ended.code == 3
    if as_json:
        assert sum(row["sent"] for row in json.loads(ended.out)["sent"]) == 2
    else:
        assert "send · 2 sent" in ended.out
    [why, then] = ended.err.splitlines()
    assert why.startswith("sqlite:///")
    assert then == "What was sent is told above; what follows it is planned by the next pass."


async def test_f59_with_prefects_server_down_a_tick_does_the_work(
    touchline: Touchline, business: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    await take_in(touchline, business)
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        ended = await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS, NUMBER}
    assert ended.code == 0, ended.err


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
    assert "care" not in ended.out, "another time's proof is none"


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


async def test_a_cadence_whose_file_is_gone_is_told_everywhere(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    await touchline("tick")
    assert "is gone" not in (await touchline("check")).err
    (business.workspace / "cadences" / "hello.yaml").unlink()
    ticked, checked, looked = [await touchline(of) for of in ("tick", "check", "doctor")]
    gone = (
        "hello: its file cadences/hello.yaml is gone, and 1 customer is still under way: what is "
        "planned leaves, nothing follows it; put it back, and they go on where they are"
    )
    assert f"{gone}." in ticked.err
    assert f"warning: {gone}" in checked.err
    assert "warn  cadences    hello: its file" in looked.out


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


async def test_a_tick_tells_another_workspaces_standin_from_its_own(
    touchline: Touchline, business: Settings, tmp_path: Path
) -> None:
    await take_in(touchline, business)
    other = tmp_path / "other" / ".touchline" / "standin"
    async with running_standin(other, port=business.standin_port) as anothers:
        ended = await touchline("tick")
        assert list(anothers.state.book.newest()) == []
    assert ended.code == 3
    assert len(ended.err.splitlines()) == 1
    assert f"{business.standin_url} is not this workspace's stand-in" in ended.err
    assert "set standin_port in touchline.toml" in ended.err


async def test_a_tick_leaves_another_programs_port_alone(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    app = web.Application()  # it knows no /health
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", business.standin_port).start()
    ended = await touchline("tick")
    await runner.cleanup()
    assert ended.code == 3
    assert "is not this workspace's stand-in" in ended.err


async def test_a_faulty_cadence_holds_up_only_itself(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    faulty = business.workspace / "cadences" / "quiet.yaml"
    faulty.write_text(faulty.read_text("utf-8").replace("goal:", "gaol:"), encoding="utf-8")
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        ended = await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS}
        as_json = await touchline("tick", "--json")
    assert ended.code == 1
    assert f"{faulty}:2:1: " in ended.err
    assert "send · 1 sent" in ended.out
    assert json.loads(as_json.out)["faults"][0]["line"] == 2
    assert as_json.code == 1


async def test_a_broken_message_holds_up_only_its_cadence(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    broken = break_the_sms(business)
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        ended = await touchline("tick")
        as_json = await touchline("tick", "--json")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS}
        shutil.rmtree(broken.parent)
        mended = await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS, NUMBER}
    assert (ended.code, as_json.code, mended.code) == (1, 1, 0)
    assert f"{broken}:2:1: " in ended.err
    assert ended.err.splitlines()[-1] == "Not planned until that is mended: quiet."
    assert "send · 1 sent" in ended.out
    assert "quiet" not in ended.out
    assert json.loads(as_json.out)["held_up"] == ["quiet"]


async def test_a_message_that_a_step_misnames_holds_up_its_cadence_until_it_is_mended(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    path = business.workspace / "cadences" / "quiet.yaml"
    sound = path.read_text("utf-8")
    path.write_text(sound.replace("template: welcome", "template: welcom"), encoding="utf-8")
    folder = standin_folder(business.state)
    async with running_standin(folder, port=business.standin_port) as standin:
        ended = await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS}
        path.write_text(sound, encoding="utf-8")
        mended = await touchline("tick")
        assert {kept.to for kept in standin.state.book.newest()} == {ADDRESS, NUMBER}
    assert (ended.code, mended.code) == (1, 0)
    assert f"{path}:12:42: step 'first': there is no sms 'welcom'; did you mean 'welcome'?\n" in (
        ended.err
    )


async def test_what_was_planned_before_its_message_broke_fails_and_is_told(
    touchline: Touchline, business: Settings
) -> None:
    await take_in(touchline, business)
    assert (await touchline("tick")).code == 3  # planned; the stand-in does not run
    broken = break_the_sms(business)
    async with running_standin(standin_folder(business.state), port=business.standin_port):
        ended = await touchline("tick")
    assert ended.code == 1
    assert ended.err.count(f"{broken}:2:1: ") == 1
    assert "1 sent, 1 failed" in ended.out


def break_the_sms(business: Settings) -> Path:
    broken = business.workspace / "templates" / "sms" / "welcome" / "body.txt"
    broken.parent.mkdir(parents=True)
    broken.write_text("Hello\n{{ customer.first_name", encoding="utf-8")
    return broken


async def test_while_a_cadence_cannot_be_read_nobody_counts_as_idle(
    touchline: Touchline, business: Settings
) -> None:
    """The faulty cadence may be the one that is meant for them."""
    await take_in(touchline, business)
    cadences = business.workspace / "cadences"
    idle = (cadences / "hello.yaml").read_text("utf-8").replace("customer.added", "customer.idle")
    (cadences / "hello.yaml").write_text(idle, encoding="utf-8")
    (cadences / "quiet.yaml").write_text("name: quiet\n", encoding="utf-8")
    async with running_standin(standin_folder(business.state), port=business.standin_port) as one:
        held = await touchline("tick")
        assert list(one.state.book.newest()) == []
        (cadences / "quiet.yaml").unlink()
        await touchline("tick")
        assert len(list(one.state.book.newest())) == 1
    assert "Nobody new starts on hello" in held.err


async def test_where_a_rate_keeps_it_waiting_a_tick_says_for_how_long(
    touchline: Touchline, business: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = business.workspace / "data" / "customers.csv"
    ada = file.read_text("utf-8").splitlines()[-1]
    more = "".join(f"{ada.replace(ADDRESS, f'carl{one}@example.com')}\n" for one in range(3))
    file.write_text(file.read_text("utf-8") + more.replace(NUMBER, ""), encoding="utf-8")
    monkeypatch.setenv("TOUCHLINE_EMAIL_PER_SECOND", "3")
    await take_in(touchline, business)
    async with running_standin(standin_folder(business.state), port=business.standin_port) as one:
        ended = await touchline("tick")
        assert len({kept.to for kept in one.state.book.newest()}) == 5
    assert "5 sent" in ended.out
    [told] = ended.err.splitlines()
    assert "sending goes on for some 1 s, 5 min at most. Ctrl-C ends it" in told


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGTERM]
)
async def test_told_to_stop_it_records_what_was_on_its_way(
    touchline: Touchline, business: Settings, number: signal.Signals
) -> None:
    """A real process and a real signal, while the provider takes its time for an answer."""
    await take_in(touchline, business)
    begun, answer = asyncio.Event(), asyncio.Event()

    async def slowly(_request: web.Request) -> web.Response:
        begun.set()
        await answer.wait()
        return web.Response(status=202, headers={"X-Message-Id": "m-1"})

    async with serving(slowly, business):
        start = "from flows.command_line import main; main()"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", start, "-w", str(business.workspace), "tick",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await asyncio.wait_for(begun.wait(), 60)
        process.send_signal(number)
        answer.set()
        out, err = await process.communicate()
    assert process.returncode == 128 + number
    assert err.decode() == (
        "Stopped: what was on its way is recorded, what is left stays planned.\n"
    )
    assert "send · " in out.decode()
    engine = open_record(business.url)
    with reading(engine) as connection:
        states = set(connection.execute(select(Attempt.state)).scalars())
    engine.dispose()
    assert "accepted" in states
    assert "sending" not in states


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.Response]], settings: Settings
) -> AsyncIterator[None]:
    """A provider that answers as told, in the stand-in's place."""
    fingerprint = signing_keys(standin_folder(settings.state)).fingerprint()

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"fingerprint": fingerprint})

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.standin_port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("at", ["tomorrow", "2026-11-20T09:00:00"])
async def test_an_instant_must_be_exact(touchline: Touchline, at: str) -> None:
    ended = await touchline("tick", "--at", at)
    assert ended.code == 2
    assert f"--at {at}" in ended.err


async def test_an_instant_without_a_zone_is_told_how_to_write_it(touchline: Touchline) -> None:
    ended = await touchline("tick", "--at", "2026-11-24")
    assert "write it like 2026-11-24T00:00Z for UTC" in ended.err
    taken = await touchline("tick", "--at", "2026-11-24T00:00Z")
    assert "names no zone" not in taken.err


async def test_another_time_is_refused_where_customers_would_receive_it(
    touchline: Touchline, business: Settings
) -> None:
    path = business.workspace / ".env"
    path.write_text("TOUCHLINE_SENDGRID_API_KEY=SG.example\n", encoding="utf-8")
    ended = await touchline("tick", "--at", "2026-11-20T09:00:00Z")
    assert ended.code == 2
    assert "live" in ended.err


@pytest.mark.postgresql
async def test_f48_a_worker_whose_clock_is_wrong_goes_by_the_records(
    touchline: Touchline,
    business: Settings,
    postgresql_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its own is two hours ahead."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=2)

    url = postgresql_engine.url.render_as_string(hide_password=False)
    with (business.workspace / ".env").open("a", encoding="utf-8") as env:
        env.write(f"TOUCHLINE_DATABASE_URL={url}\n")
    await take_in(touchline, business)
    for module in ("contacts.record.clock", "flows.commands.tick", "flows.workspace"):
        monkeypatch.setattr(f"{module}.datetime", Ahead)
    async with running_standin(standin_folder(business.state), port=business.standin_port):
        ended = await touchline("tick")
    with reading(postgresql_engine) as connection:
        begun = connection.execute(select(Attempt.started_at)).scalars().all()
        beat = connection.execute(select(Heartbeat.at)).scalar_one()
    assert ended.code == 0, ended.err
    assert len(begun) == 2
    assert all(abs(at - datetime.now(UTC)) < timedelta(minutes=30) for at in (*begun, beat))
