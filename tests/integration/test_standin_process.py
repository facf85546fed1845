"""The stand-in as a process: it starts, says so, refuses plainly and ends cleanly."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

COMMAND = [sys.executable, "-m", "contacts.channels.standin"]


@contextmanager
def started(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--folder", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_it_says_when_it_is_ready_and_ends_on_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        with urlopen(f"{line.split()[-1]}/health") as answer:  # noqa: S310  # its own http address
            assert answer.status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert line.startswith("stand-in ready: http://127.0.0.1:")
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_one_plain_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port, "--folder", str(tmp_path)], capture_output=True, text=True
        )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert port in done.stderr
    assert "--port" in done.stderr


def test_a_folder_that_is_a_file_is_one_plain_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    done = subprocess.run(
        [*COMMAND, "--port", "0", "--folder", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert str(path) in done.stderr
