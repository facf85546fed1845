"""The flows as Prefect runs them: one server, every flow once, then what they left behind."""

import asyncio
import json
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin import running_standin
from contacts.record.customers.lookup import find_customer
from contacts.record.engine import open_record, reading, writing
from contacts.record.sending.channels import CHANNELS, hold_channel
from contacts.record.sending.live import rehearse
from contacts.record.tables import Attempt, Channel, Heartbeat
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from flows.running.children import stop
from flows.running.one_send import one_send
from flows.running.server import prefect_environment, start_server, wait_for_server
from flows.schedule import Row, schedule
from flows.workspace import record_of
from tests.failing_record import failing_after_a_message
from tests.free_ports import free_port
from tests.noon import ADDRESS, NAME, NUMBER, PERSONAL, noon_workspace
from tests.prefect_database import QUICK_START, give

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class AfterRestart:
    """What became of an earlier life, when a runner started that was alone."""

    zombie: str
    missed: bool
    deployments: set[str]
    still_paused: set[str]


@dataclass(frozen=True)
class AfterDeath:
    """What became of runs whose worker died, and of those that nobody started in time."""

    sent_beside_zombies: tuple[int, int]
    closed_young: list[str]
    closed: list[str]
    states: dict[str, str]
    """Of a run that was silent, one that was heard of, and one of somebody else's."""
    dropped: tuple[int, int]
    """Runs late by minutes, and then what was left that is late at all."""


@dataclass(frozen=True)
class Told:
    """A `send` run of a process of its own that was told to stop with a request on the wire."""

    exit_code: int
    state: str
    name: str
    attempts: set[str]


@dataclass(frozen=True)
class Life:
    """What was there after every flow had run once."""

    runs: list[Any]
    tables: dict[str, list[dict[str, Any]]]
    faulty: dict[str, str]
    """What the faults of files made of some runs: their states by their names."""
    prefect_database: bytes
    messages: list[dict[str, Any]]
    after_restart: AfterRestart
    after_death: AfterDeath
    told: Told
    strange: dict[str, tuple[str, str]]
    """What became of runs while another workspace's stand-in had the port: state and message."""
    unrecorded: tuple[str, str, str]
    """Of a `send` whose record failed once messages had left: state, name, table of touches."""
    many: tuple[int, int]
    """How many flow runs and task runs one `send` of sixty messages made."""
    after_erasure: list[str]
    """Files of Touchline's own folder that still have the address or number of whom it erased."""

    def names(self, flow: str) -> list[str]:
        return [run.name for run in self.runs if run.name.split(" ")[0] == flow]

    def run(self, name: str) -> Any:
        return next(run for run in self.runs if run.name == name)


@pytest.fixture(scope="module")
def life(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_prefect: Path,
) -> Life:
    folder = tmp_path_factory.mktemp("business") / "workspace"
    settings = noon_workspace(folder, {"hello": "email", "quiet": "sms"})
    record_of(settings).dispose()
    give(settings, migrated_prefect)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUICK_START.items():
            patch.setenv(name, value)
        server = start_server(settings)
        try:
            environment = prefect_environment(settings)
            for name, value in environment.items():
                patch.setenv(name, value)
            from prefect.settings import (
                PREFECT_API_SSL_CERT_FILE,
                PREFECT_API_URL,
                PREFECT_HOME,
                temporary_settings,
            )

            ours = {  # Prefect may have been imported before
                PREFECT_API_SSL_CERT_FILE: environment["PREFECT_API_SSL_CERT_FILE"],
                PREFECT_API_URL: environment["PREFECT_API_URL"],
                PREFECT_HOME: Path(environment["PREFECT_HOME"]),
            }
            wait_for_server(server, settings)
            with temporary_settings(ours):
                return asyncio.run(live(settings))
        finally:
            stop(server, grace=10)


async def live(settings: Settings) -> Life:
    from prefect import get_client
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    from flows.care import care
    from flows.digest import digest
    from flows.plan import plan
    from flows.running.runner import deployments
    from flows.send import send
    from flows.sync import sync
    from flows.tidy import tidy

    serving = running_standin(standin_folder(settings.state), port=settings.standin_port)
    async with serving as standin, get_client() as client:
        rows = schedule(settings, ["hello", "quiet"])
        ids = [await one.aapply() for one in await deployments(rows, paused={"plan/quiet"})]
        assert len(ids) == len(rows)
        await sync()
        for cadence in ("hello", "quiet", "gone"):
            await plan(cadence)
        await send()
        await send()
        leave_a_task(settings)
        await stop_a_digest(settings)
        await digest()
        await digest()
        with one_send(settings):
            await send()
        await care()
        await tidy()
        await APILogHandler.aflush()
        runs = [run for run in await client.read_flow_runs() if not run.state.is_scheduled()]
        faulty = await go_wrong(settings)
        await come_back(settings)
        await APILogHandler.aflush()
        artifacts = await client.read_artifacts()
        messages = [standin.state.book.words_of(kept) for kept in standin.state.book.newest()]
        mend(settings)
        many = await counted(client, settings, customers=60)
        strange = await meet_a_stranger(settings)
        unrecorded = await lose_the_record(client, settings)
        sending = ids[[row.flow for row in rows].index("send")]
        after_death = await die(client, settings, sending)
        told = await tell_to_stop(client, settings, sending)
        after_restart = await restart(client, ids[0], rows)
        after_erasure = await asyncio.to_thread(erase_her, settings)
        # Whatever is not handed in now holds up the end of this process, which tries for minutes.
        await EventsWorker.drain_all()
    return Life(
        runs=runs,
        faulty=faulty,
        tables={one.key: json.loads(one.data) for one in artifacts if one.key},
        prefect_database=prefect_database(settings),
        messages=messages,
        after_restart=after_restart,
        after_death=after_death,
        told=told,
        strange=strange,
        unrecorded=unrecorded,
        many=many,
        after_erasure=after_erasure,
    )


def erase_her(settings: Settings) -> list[str]:
    """Erase the customer of all this, while the stand-in and Prefect's server run."""
    from flows.erasing import erase_everywhere

    engine = open_record(settings.url)
    with reading(engine) as connection:
        her = find_customer(connection, ADDRESS).id
    outcome = erase_everywhere(engine, settings, her, now=datetime.now(UTC))
    engine.dispose()
    assert outcome.erased.counts["messages"]
    assert outcome.waiting == []
    needles = [one.encode() for one in (ADDRESS, NUMBER.removeprefix("+"))]
    found = (path for path in settings.state.rglob("*") if path.is_file())
    return [path.name for path in found if any(one in path.read_bytes() for one in needles)]


async def come_back(settings: Settings) -> None:
    """A send after three days without a pass; then time is as before."""
    from flows.send import send

    engine = open_record(settings.url)
    for days in (3, 0):
        with writing(engine) as connection:
            at = datetime.now(UTC) - timedelta(days=days)
            connection.execute(update(Heartbeat).values(at=at))
        if days:
            await send()
    engine.dispose()


async def go_wrong(settings: Settings) -> dict[str, str]:
    """A bad row beside a good one, a cadence and a message with a fault; all runs once more."""
    from flows.plan import plan
    from flows.send import send
    from flows.sync import sync

    file = settings.workspace / "data" / "customers.csv"
    rows = file.read_text("utf-8").splitlines()
    zone = rows[1].split(",")[6]
    new = rows[1].replace(ADDRESS, "bob.planted@example.com").replace(NUMBER, "")
    bad = rows[1].replace(zone, NAME).replace(ADDRESS, "eve.planted@example.com")
    file.write_text("\n".join([*rows, bad, new, ""]), encoding="utf-8")
    cadences = settings.workspace / "cadences"
    (cadences / "broken.yaml").write_text("name: broken\ngaol: none\n", encoding="utf-8")
    states = {
        "sync": (await sync(return_state=True)).name,
        "plan broken": (await plan("broken", return_state=True)).name,
        "plan hello": (await plan("hello", return_state=True)).name,
    }
    mail = settings.workspace / "templates" / "email" / "welcome"
    mail.mkdir(parents=True)
    (mail / "subject.txt").write_text("Hello\n{{ customer.first_name", encoding="utf-8")
    (mail / "body.html").write_text("<p>Hello</p>", encoding="utf-8")
    return states | {
        "plan hello, unwritable": (await plan("hello", return_state=True)).name,
        "send": (await send(return_state=True)).name,
    }


async def meet_a_stranger(settings: Settings) -> dict[str, tuple[str, str]]:
    """Every flow that sends, beside another workspace's stand-in, and with live providers."""
    from flows.digest import digest
    from flows.send import send

    port = free_port()
    live = {"SENDGRID_API_KEY": "SG.example", "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
            "TWILIO_AUTH_TOKEN": "0" * 32}  # fmt: skip
    states = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOUCHLINE_STANDIN_PORT", str(port))
        async with running_standin(settings.workspace.parent / "other", port=port) as stranger:
            for flow in (send, digest):
                states[flow.name] = await flow(return_state=True)
            assert stranger.state.requests == 0
            for name, value in live.items():
                patch.setenv(f"TOUCHLINE_{name}", value)
            states["digest, live"] = await digest(return_state=True)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        for name in CHANNELS:
            rehearse(connection, name, now=datetime.now(UTC))  # the keys are gone again
    engine.dispose()
    return {name: (str(state.name), str(state.message)) for name, state in states.items()}


async def lose_the_record(client: Any, settings: Settings) -> tuple[str, str, str]:
    """A send after whose messages nothing more can be planned; then all is as before."""
    from flows.plan import plan
    from flows.send import send
    from flows.sync import sync

    cadence = settings.workspace / "cadences" / "hello.yaml"
    before = cadence.read_text("utf-8")
    second = "  - {key: second, channel: email, template: welcome, day: 9}\n"
    cadence.write_text(before + second, encoding="utf-8")
    add_customers(settings, 1, "unrecorded")
    await sync()
    await plan("hello")
    with failing_after_a_message(settings):
        state = await send(return_state=True)
    cadence.write_text(before, encoding="utf-8")
    run = state.state_details.flow_run_id
    artifacts = await client.read_artifacts()
    [touches] = [one for one in artifacts if one.key == "send-touches" and one.flow_run_id == run]
    return state.name, (await client.read_flow_run(run)).name, touches.data


def mend(settings: Settings) -> None:
    """Take away what `go_wrong` left wrong."""
    (settings.workspace / "cadences" / "broken.yaml").unlink()
    shutil.rmtree(settings.workspace / "templates" / "email" / "welcome")


async def counted(client: Any, settings: Settings, *, customers: int) -> tuple[int, int]:
    """Flow runs and task runs of one `send` that has so many messages to send."""
    from flows.plan import plan
    from flows.send import send
    from flows.sync import sync

    add_customers(settings, customers, f"of{customers}")
    await sync()
    await plan("hello")
    before = await runs_and_tasks(client)
    state = await send(return_state=True)
    name = (await client.read_flow_run(state.state_details.flow_run_id)).name
    assert name.startswith(f"send · {customers} sent"), name
    after = await runs_and_tasks(client)
    return after[0] - before[0], after[1] - before[1]


async def runs_and_tasks(client: Any) -> tuple[int, int]:
    """How many flow runs that began, and task runs, the server has.

    The server lays out the coming runs of its schedules whenever it pleases.
    """
    began = {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}}
    flow_runs = await client.request("POST", "/flow_runs/count", json=began)
    task_runs = await client.request("POST", "/task_runs/count", json={})
    return flow_runs.json(), task_runs.json()


def add_customers(settings: Settings, number: int, name: str) -> None:
    file = settings.workspace / "data" / "customers.csv"
    head, first, *_ = file.read_text("utf-8").splitlines()
    new = [
        first.replace(ADDRESS, f"{name}-{one}.planted@example.com").replace(NUMBER, "")
        for one in range(number)
    ]
    file.write_text("\n".join([head, first, *new, ""]), encoding="utf-8")


async def die(client: Any, settings: Settings, sending: UUID) -> AfterDeath:
    """Runs that are under way for ever, and what the next `send` does meanwhile; late runs."""
    from prefect import flow
    from prefect.states import Running, Scheduled

    from flows.running.dead_runs import SILENCE, close_dead_runs, drop_missed_runs

    @flow
    def foreign() -> None:
        """Somebody else's."""

    runs = {
        "silent": await client.create_flow_run_from_deployment(sending),
        "heard": await client.create_flow_run_from_deployment(sending),
        "foreign": await client.create_flow_run(foreign),
    }
    for run in runs.values():
        await client.set_flow_run_state(run.id, Running(), force=True)
    began = datetime.now(UTC)
    later = began + SILENCE + timedelta(seconds=1)
    await beat(client, runs["heard"].id, at=later - timedelta(minutes=1))
    with_zombies = await counted(client, settings, customers=1)
    young = await close_dead_runs(client, now=began)
    closed = await close_dead_runs(client, now=later)
    await drop_missed_runs(client, sending, before=began)  # the schedule's own, if life is slow
    for minutes in (-9, -8, -7, 9):
        due = Scheduled(scheduled_time=began + timedelta(minutes=minutes))
        await client.create_flow_run_from_deployment(sending, state=due)
    dropped = await drop_missed_runs(client, sending, before=began - timedelta(minutes=5))
    names = {run.id: name for name, run in runs.items()}
    return AfterDeath(
        sent_beside_zombies=with_zombies,
        closed_young=[names[one] for one in young],
        closed=[names[one] for one in closed],
        states={
            name: (await client.read_flow_run(run.id)).state.name for name, run in runs.items()
        },
        dropped=(dropped, await drop_missed_runs(client, sending, before=began)),
    )


async def beat(client: Any, run_id: UUID, *, at: datetime) -> None:
    """A heartbeat of this run, as its process sends one; returns once the server has it."""
    from prefect.events import emit_event
    from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter

    from flows.running.zombies import BEAT

    emit_event(BEAT, resource={"prefect.resource.id": f"prefect.flow-run.{run_id}"}, occurred=at)
    those = EventFilter(
        event=EventNameFilter(name=[BEAT]), occurred=EventOccurredFilter(since=at, until=at)
    )
    async with asyncio.timeout(60):
        while not (await client.read_events(those, limit=1)).events:
            await asyncio.sleep(0.2)


async def tell_to_stop(client: Any, settings: Settings, sending: UUID) -> Told:
    """A run as a worker starts it, asked to end while the provider takes its time."""
    from flows.plan import plan
    from flows.sync import sync

    add_customers(settings, 1, "told")
    await sync()
    await plan("hello")
    run = await client.create_flow_run_from_deployment(sending)
    async with httpx.AsyncClient(base_url=settings.standin_url) as standin:
        before = (await standin.get("/health")).json()["requests"]
        await standin.post("/_standin/faults", json={"kind": "late", "seconds": 1, "count": 1})
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "flows.running.gentle_run"),
            env={**os.environ, "PREFECT__FLOW_RUN_ID": str(run.id)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(100):
            while (await standin.get("/health")).json()["requests"] == before:
                await asyncio.sleep(0.05)
            process.terminate()
            code = await process.wait()
    ended = await client.read_flow_run(run.id)
    return Told(code, ended.state.name, ended.name, attempts(settings))


def attempts(settings: Settings) -> set[str]:
    """The states of all attempts."""
    engine = open_record(settings.url)
    with reading(engine) as connection:
        states = set(connection.execute(select(Attempt.state)).scalars())
    engine.dispose()
    return states


async def restart(client: Any, sync_id: Any, rows: list[Row]) -> AfterRestart:
    """A run whose process is gone, one that was missed, a cadence whose file is gone."""
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Running, Scheduled

    from flows.running.earlier_life import close_earlier_life, remove_deployments_but
    from flows.running.runner import deployments, paused_rows

    now = datetime.now(UTC)
    zombie = await client.create_flow_run_from_deployment(sync_id)
    await client.set_flow_run_state(zombie.id, Running(), force=True)
    late = Scheduled(scheduled_time=now - timedelta(hours=3))
    missed = await client.create_flow_run_from_deployment(sync_id, state=late)

    await close_earlier_life(client, now=now)
    paused = await paused_rows(client)
    for one in await deployments(rows, paused):
        await one.aapply()
    still_paused = await paused_rows(client)
    await remove_deployments_but(client, {row.name for row in rows if row.name != "plan/quiet"})

    try:
        await client.read_flow_run(missed.id)
        there = True
    except ObjectNotFound:
        there = False
    found = await client.read_deployments()
    return AfterRestart(
        zombie=(await client.read_flow_run(zombie.id)).state.name,
        missed=there,
        deployments={one.name for one in found},
        still_paused=still_paused,
    )


async def stop_a_digest(settings: Settings) -> None:
    """A digest that waits for its channel and is told to stop; then the channel is as before."""
    from flows.digest import digest

    now = datetime.now(UTC)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        hold_channel(connection, "email", until=now + timedelta(seconds=40), now=now)
    telling = asyncio.create_task(terminate_once_held_back())
    await digest()
    await telling
    with writing(engine) as connection:
        connection.execute(update(Channel).values(held_until=None))
    engine.dispose()


async def terminate_once_held_back() -> None:
    """SIGTERM to this very process, as soon as a flow sees to it itself."""
    async with asyncio.timeout(60):
        while getattr(signal.getsignal(signal.SIGTERM), "__module__", None) != "flows.finishing":
            await asyncio.sleep(0.05)
    signal.raise_signal(signal.SIGTERM)


def leave_a_task(settings: Settings) -> None:
    """A reply waits for Olive."""
    now = datetime.now(UTC)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        task = NewTask(customer_id=1, kind="reply", title="Answer the reply", due_at=now)
        open_tasks(connection, [task], now=now)
    engine.dispose()


def prefect_database(settings: Settings) -> bytes:
    """Everything that Prefect wrote down, its journal included."""
    files = sorted((settings.state / "prefect").glob("prefect.db*"))
    return b"".join(file.read_bytes() for file in files)


def test_every_run_completes_and_is_named_for_what_it_did(life: Life) -> None:
    assert {run.state.name for run in life.runs} == {"Completed"}
    assert life.names("sync") == ["sync · 1 new customer"]
    assert "plan · hello: 1 enrolled, 1 planned" in life.names("plan")


def test_a_pass_with_nothing_to_do_says_so(life: Life) -> None:
    assert "send · nothing due" in life.names("send")


def test_a_cadence_paused_in_prefect_sends_nothing(life: Life) -> None:
    assert [message["to"] for message in life.messages if message["to"] == NUMBER] == []
    assert [message["to"] for message in life.messages if message["to"] == ADDRESS] == [ADDRESS]


def test_a_send_run_is_tagged_with_the_cadences_that_sent(life: Life) -> None:
    run = next(run for run in life.runs if run.name.startswith("send · 1 sent"))
    assert "hello" in run.tags
    assert "quiet" not in run.tags


def test_a_run_keeps_a_table_of_counts(life: Life) -> None:
    (row,) = [row for row in life.tables["plan-hello"] if row["cadence"] == "hello"]
    assert (row["enrolled"], row["planned"]) == (1, 1)


def test_the_care_flow_looks_at_the_orders(life: Life) -> None:
    (row,) = life.tables["orders"]
    assert (row["late"], row["held back"]) == (0, 0)


def test_a_run_says_which_touches_went_out_to_which_customers(life: Life) -> None:
    assert life.tables["send-touches"] == [
        {"touch": 1, "customer": 1, "cadence": "hello", "state": "accepted"}
    ]
    assert b"Touches of hello ('touchline timeline' and " in life.prefect_database
    assert b"take the customer's number): 1 of customer 1" in life.prefect_database


def test_a_row_that_is_refused_is_told_by_its_place_and_reason(life: Life) -> None:
    (fault,) = life.tables["sync-faults"]
    assert fault.keys() == {"file", "line", "column", "reason"}
    assert (fault["file"], fault["line"]) == ("data/customers.csv", 3)
    assert fault["reason"].startswith("timezone: ")
    assert life.faulty["sync"] == "Completed"


def test_a_faulty_cadence_fails_its_own_run_and_no_other(life: Life) -> None:
    assert life.faulty["plan broken"] == "Failed"
    assert life.faulty["plan hello"] == "Completed"
    (first, *_) = life.tables["plan-broken-faults"]
    assert first["file"] == "cadences/broken.yaml"
    assert f"Fault: cadences/broken.yaml:{first['line']}:".encode() in life.prefect_database


def test_a_faulty_message_fails_the_plan_of_the_cadence_that_names_it(life: Life) -> None:
    assert life.faulty["plan hello, unwritable"] == "Failed"
    assert {fault["file"] for fault in life.tables["plan-hello-faults"]} == {
        "templates/email/welcome/subject.txt"
    }


def test_a_message_that_cannot_be_written_fails_the_run_that_sent_the_others(life: Life) -> None:
    assert life.faulty["send"] == "Failed"
    (fault,) = life.tables["send-faults"]
    assert fault["file"] == "templates/email/welcome/subject.txt"
    assert fault["line"] == 2


def test_a_cadence_whose_file_is_gone_does_not_fail_its_run(life: Life) -> None:
    assert "plan · gone: its file is gone" in life.names("plan")


def test_a_send_beside_one_of_the_same_worker_ends_at_once(life: Life) -> None:
    assert "send · another run of this worker is sending" in life.names("send")


def test_a_send_makes_one_flow_run_and_no_task_run_however_much_it_sends(life: Life) -> None:
    assert life.many == (1, 0)


def test_f13_a_send_told_to_stop_finishes_what_is_on_the_wire_and_ends_well(life: Life) -> None:
    assert (life.told.exit_code, life.told.state) == (0, "Completed")
    assert life.told.name == "send · 1 sent, told to stop"
    assert life.told.attempts == {"accepted"}


def test_f59_a_run_left_running_holds_up_no_send(life: Life) -> None:
    assert life.after_death.sent_beside_zombies == (1, 0)


def test_f59_a_run_left_running_is_closed_once_it_was_silent_for_minutes(life: Life) -> None:
    assert life.after_death.closed_young == []
    assert life.after_death.closed == ["silent"]
    assert life.after_death.states == {
        "silent": "Crashed",
        "heard": "Running",
        "foreign": "Running",
    }


def test_f60_runs_that_nobody_started_in_time_are_dropped(life: Life) -> None:
    assert life.after_death.dropped == (3, 0)


def test_after_downtime_a_send_says_that_it_is_paused_and_how_to_go_on(life: Life) -> None:
    (row,) = life.tables["send-paused"]
    assert row["why"].startswith("Nothing ran for 3 days")
    assert "touchline resume" in row["remedy"]


@pytest.mark.parametrize("flow", ["send", "digest"])
def test_a_run_fails_before_anything_goes_to_another_workspaces_standin(
    life: Life, flow: str
) -> None:
    state, message = life.strange[flow]
    assert state == "Failed"
    assert "is not this workspace's stand-in" in message
    assert "set standin_port in touchline.toml" in message


def test_with_live_providers_nobody_asks_whose_the_standin_is(life: Life) -> None:
    assert life.strange["digest, live"][0] == "Completed"


def test_what_a_run_sent_is_told_also_where_the_record_then_fails(life: Life) -> None:
    state, name, touches = life.unrecorded
    assert state == "Failed"
    assert name == "send · 1 sent, then the record failed"
    assert len(json.loads(touches)) == 1


def test_an_owner_has_one_mail_a_day(life: Life) -> None:
    assert sorted(life.names("digest")) == [
        "digest · 1 sent",
        "digest · 1 sent before",
        "digest · 1 waiting, told to stop",
    ]
    assert len([one for one in life.messages if one["to"] == "olive@example.com"]) == 1


def test_a_digest_told_to_stop_waits_no_more_and_ends_well(life: Life) -> None:
    assert life.run("digest · 1 waiting, told to stop").state.is_completed()


@pytest.mark.parametrize("personal", [*PERSONAL, "planted@example.com"])
def test_s15_prefect_never_learns_who_the_customers_are(life: Life, personal: str) -> None:
    assert b"hello" in life.prefect_database
    assert personal.encode() not in life.prefect_database


def test_c20_no_file_of_ours_has_an_address_of_somebody_erased(life: Life) -> None:
    assert life.after_erasure == []


def test_a_run_whose_process_is_gone_is_closed_at_the_next_start(life: Life) -> None:
    assert life.after_restart.zombie == "Crashed"


def test_runs_that_were_missed_do_not_start_all_at_once(life: Life) -> None:
    assert not life.after_restart.missed


def test_a_paused_cadence_stays_paused_over_a_restart(life: Life) -> None:
    assert life.after_restart.still_paused == {"plan/quiet"}


def test_the_deployment_of_a_removed_cadence_goes_with_it(life: Life) -> None:
    assert "quiet" not in life.after_restart.deployments
    assert "hello" in life.after_restart.deployments
