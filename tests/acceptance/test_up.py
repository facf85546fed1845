"""`touchline up` as a person runs it: one command, messages leave, Ctrl-C, nothing is left."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contacts.settings import Settings
from flows.command_line import main
from flows.running.children import is_free
from flows.running.only_one import only_one
from tests.leftovers import processes_of
from tests.noon import ADDRESS, PERSONAL, noon_workspace
from tests.prefect_database import QUICK_START, give

PATIENCE = 240.0  # of a machine with other things to do; half a minute where it is idle


@pytest.fixture
def business(tmp_path: Path, give_record: Callable[[Path], None]) -> Settings:
    settings = noon_workspace(tmp_path / "business", {"hello": "email"})
    give_record(settings.workspace)
    return settings


@contextmanager
def running(settings: Settings, output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`touchline up` on this workspace, ended by force should a test fail."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command(settings), "up"],
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def command(settings: Settings) -> list[str]:
    start = "from flows.command_line import main; main()"
    return [sys.executable, "-c", start, "--workspace", str(settings.workspace)]


def ask(url: str, body: Any = None) -> Any:
    """The JSON that the address answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310  # loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # loopback
        return json.load(answer)


def wait_for(what: Any, process: "subprocess.Popen[bytes]", output: Path) -> Any:
    """The first true answer of `what()`; fails with the command's output if it ends before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(output.read_text())


@pytest.mark.timeout(400)
def test_up_sends_at_once_and_ctrl_c_leaves_nothing_behind(
    business: Settings,
    tmp_path: Path,
    migrated_prefect: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in QUICK_START.items():
        monkeypatch.setenv(name, value)
    give(business, migrated_prefect)  # the demo's test has Prefect make its own
    output = tmp_path / "up.txt"
    prefect = f"http://127.0.0.1:{business.prefect_port}"

    def runs() -> set[str]:
        found = ask(f"{prefect}/api/flow_runs/filter", {"limit": 50})
        return {run["name"] for run in found if run["state_type"] == "COMPLETED"}

    def sent() -> list[str]:
        messages = ask(f"{business.standin_url}/_standin/messages")["messages"]
        return [message["to"] for message in messages]

    with running(business, output) as process:
        assert wait_for(sent, process, output) == [ADDRESS]
        wait_for(lambda: "send · 1 sent" in runs(), process, output)
        # Taken in and planned before the board was there; so the flows find nothing left to do.
        did = "first pass · 1 new customer, 1 started in hello · 1 of 1 in hand"
        assert did in output.read_text("utf-8")
        idle = {"sync · nothing new", "plan · hello: nothing to plan"}
        wait_for(lambda: idle <= runs(), process, output)
        with urllib.request.urlopen(prefect, timeout=10) as page:
            assert page.status == 200
        wait_for(lambda: b"1 sent" in output.read_bytes(), process, output)
        assert len(processes_of(business.workspace)) >= 2

        process.send_signal(signal.SIGINT)
        wait_for(lambda: b"Stopping" in output.read_bytes(), process, output)
        process.send_signal(signal.SIGINT)  # impatience tears nothing
        assert process.wait(60) == 0

    said = output.read_text()
    assert "stand-in for SendGrid" in said
    assert "Stopped." in said
    assert processes_of(business.workspace) == []
    assert all(map(is_free, (business.prefect_port, business.web_port, business.standin_port)))
    kept = b"".join(
        path.read_bytes() for path in (business.state / "prefect").rglob("*") if path.is_file()
    )
    assert [personal for personal in PERSONAL if personal.encode() in kept] == []


@pytest.mark.long  # it waits for an earlier `up` to end; tests/integration/test_ports.py need not
def test_a_taken_port_is_named_with_its_setting(
    business: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", business.prefect_port))
        other.listen()
        assert exit_code(business, monkeypatch) == 3
    said = capsys.readouterr().err
    assert f"port {business.prefect_port} is taken" in said
    assert "prefect_port" in said


def test_two_settings_with_one_port_are_told_before_anything_starts(
    business: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOUCHLINE_WEB_PORT", str(business.standin_port))
    assert exit_code(business, monkeypatch) == 2
    said = capsys.readouterr().err
    assert f"port {business.standin_port} is set for web_port and standin_port" in said
    assert not (business.state / "logs").exists()


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGTERM]
)
def test_told_to_stop_while_it_is_starting_up_leaves_nothing_behind(
    business: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    output = tmp_path / "up.txt"
    with running(business, output) as process:
        wait_for((business.state / "logs" / "web.log").exists, process, output)
        process.send_signal(number)
        assert process.wait(60) == 0
    lines = output.read_text().splitlines()
    assert lines[0].startswith("Starting Prefect")
    assert lines[-1] == "Stopped. 'touchline up' goes on where it ended."
    assert "Traceback" not in output.read_text()
    assert processes_of(business.workspace) == []


def test_a_second_up_of_a_workspace_is_refused(
    business: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_one(business):
        assert exit_code(business, monkeypatch) == 2
    assert "is running here" in capsys.readouterr().err


def test_without_any_cadence_that_can_be_read_nothing_starts(
    business: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = business.workspace / "cadences" / "hello.yaml"
    path.write_text(path.read_text("utf-8").replace("goal:", "gaol:"), encoding="utf-8")
    assert exit_code(business, monkeypatch) == 1
    assert f"{path}:2:1: " in capsys.readouterr().err
    assert not (business.state / "logs").exists()


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("goal:", "gaol:", "2:1: unknown key 'gaol'; did you mean 'goal'?"),
        ("welcome", "welcom", "12:44: step 'first': there is no email 'welcom'; did you mean"),
    ],
    ids=["in the file", "in a message"],
)
def test_a_fault_is_named_at_the_start_and_holds_up_its_cadence_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    right: str,
    wrong: str,
    fault: str,
) -> None:
    """It is told before the second `up` of the workspace is refused."""
    business = noon_workspace(tmp_path / "business", {"hello": "email", "other": "email"})
    path = business.workspace / "cadences" / "hello.yaml"
    path.write_text(path.read_text("utf-8").replace(right, wrong), encoding="utf-8")
    with only_one(business):
        assert exit_code(business, monkeypatch) == 2
    told = capsys.readouterr().err
    assert f"{path}:{fault}" in told
    assert "Not planned until that is mended: hello." in told
    assert "is running here" in told


def exit_code(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> int:
    """How `touchline up` ends that cannot start."""
    folder = str(settings.workspace)
    monkeypatch.setattr(sys, "argv", ["touchline", "--workspace", folder, "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)
