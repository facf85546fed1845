"""`touchline demo` told to stop, by real signals at several moments of a real process."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.leftovers import processes_of

PATIENCE = 150.0  # of a machine with other things to do
DAYS = 30


@pytest.mark.long  # without Prefect: tests/acceptance/test_demo.py
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_middle_of_a_day_it_keeps_what_was_done(
    number: signal.Signals, tmp_path: Path, prefect_elsewhere: Path
) -> None:
    folder = tmp_path / "demo"
    code, out, err = stopped(folder, number, lambda: is_living(prefect_elsewhere))
    assert code == 128 + number
    done = states(prefect_elsewhere).count("COMPLETED")
    assert err == f"Stopped after {done} of {DAYS} days; what was done is in {folder}.\n"
    assert set(states(prefect_elsewhere)) <= {"COMPLETED", "CANCELLED"}
    assert "Prefect is running." in out
    assert "Traceback" not in out
    assert processes_of(folder) == []


@pytest.mark.long  # `up` is stopped so as well: tests/acceptance/test_up.py
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_prefect_is_starting_it_ends_as_well(number: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    log = folder / ".touchline" / "logs" / "prefect-server.log"
    code, out, err = stopped(folder, number, log.exists)
    assert code == 128 + number
    assert err == f"Stopped after 0 of {DAYS} days; what was done is in {folder}.\n"
    assert "Traceback" not in out
    assert processes_of(folder) == []


def stopped(folder: Path, number: int, is_time: Callable[[], bool]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a demo that got the signal as soon as `is_time`."""
    start = "from flows.command_line import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, "demo", str(folder), "--days", str(DAYS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_time():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


def is_living(database: Path) -> bool:
    """Whether a day is under way, and one is over."""
    found = states(database)
    return "COMPLETED" in found and "RUNNING" in found


def states(database: Path) -> list[str]:
    """The state of every flow run in the demo's Prefect."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return [row[0] for row in opened.execute("SELECT state_type FROM flow_run")]
