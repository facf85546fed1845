"""The web app as a process: starts for a workspace, says why it cannot, ends when told."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from contacts.web.__main__ import main
from tests.free_ports import free_port


def command(workspace: Path) -> list[str]:
    return [sys.executable, "-m", "contacts.web", "--workspace", str(workspace)]


@pytest.fixture
def ready(workspace: Path, give_record: Callable[[Path], None]) -> Path:
    """A workspace with a record and a free port."""
    give_record(workspace)
    return workspace


Refused = Callable[[Path], tuple[int, list[str]]]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Exit code and words of a start that is refused, in this process: a new one loads for long."""

    def start(workspace: Path) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", command(workspace)[2:])
        return main(), capsys.readouterr().err.splitlines()

    return start


@contextmanager
def port_in(workspace: Path) -> Iterator[int]:
    """A port that is named in the workspace's settings, and taken while the block runs."""
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        toml = workspace / "touchline.toml"
        toml.write_text(f"web_port = {port}\n{toml.read_text()}")
        yield port


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_it_serves_until_it_is_told_to_end(ready: Path, number: signal.Signals) -> None:
    with port_in(ready) as port:
        pass
    with subprocess.Popen(command(ready), stderr=subprocess.PIPE, text=True) as process:
        try:
            assert _answers(f"http://127.0.0.1:{port}/health", process) == 200
            process.send_signal(number)
            assert process.wait(20) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_taken_port_is_one_clear_line(ready: Path, refused: Refused) -> None:
    with port_in(ready) as port:
        code, said = refused(ready)
    assert code == 3
    assert len(said) == 1
    assert f"port {port}" in said[0]
    assert "web_port" in said[0]


def test_a_record_without_its_tables_is_one_clear_line(ready: Path, refused: Refused) -> None:
    for file in (ready / ".touchline").glob("touchline.db*"):
        file.unlink()
    code, said = refused(ready)
    assert code == 3
    assert len(said) == 1
    assert "touchline migrate" in said[0]


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path, refused: Refused) -> None:
    code, said = refused(tmp_path)
    assert code == 2
    assert "touchline init" in said[0]


def _answers(url: str, process: subprocess.Popen[str]) -> int:
    for _ in range(300):
        try:
            return httpx.get(url).status_code
        except httpx.TransportError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")
