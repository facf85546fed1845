"""Being told to stop: a mark that nothing overwrites, and an end by force."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.failure import Failure
from flows.running.stopping import Stopping, stopping
from tests.leftovers import has_ended

BEGIN = """\
import os, signal, sys, time
from pathlib import Path
from flows.failure import Failure
from flows.running.children import start, stop
from flows.running.stopping import stopping
"""
LOOKS = (
    BEGIN
    + """\
def of_a_library(*_):
    raise SystemExit("the library's handler ran")
try:
    with stopping("Stopped after 3 days.", patience=30) as told:
        signal.signal(signal.SIGTERM, of_a_library)
        signal.signal(signal.SIGINT, of_a_library)
        print("ready", flush=True)
        while not told.told:
            time.sleep(0.01)
        told.check()
except Failure as failure:
    print(failure.message, flush=True)
    sys.exit(failure.exit_code)
"""
)
HANGS = (
    BEGIN
    + """\
Path("deaf.py").write_text("import signal, time\\nsignal.signal(15, signal.SIG_IGN)\\n"
                           "print('deaf', flush=True)\\ntime.sleep(600)\\n")
with stopping("Stopped after 3 days.", patience=0.2) as told:
    log = Path("deaf.log")
    child = start("deaf", ["deaf"], log=log, extra={"PYTHONPATH": "."})
    told.groups.append(child.process.pid)
    while not log.read_text():
        time.sleep(0.01)
    print(child.process.pid, flush=True)
    time.sleep(600)
"""
)
HEARS = (
    BEGIN
    + """\
Path("hears.py").write_text("import time\\nprint('up', flush=True)\\ntime.sleep(600)\\n")
with stopping() as told:
    log = Path("hears.log")
    child = start("hears", ["hears"], log=log, extra={"PYTHONPATH": "."})
    while not log.read_text():
        time.sleep(0.01)
    stop(child, grace=60)
    print(child.process.returncode)
"""
)


@contextmanager
def running(script: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    (folder / "script.py").write_text(script, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "script.py"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_a_mark_whoever_took_the_handlers(
    number: signal.Signals, tmp_path: Path
) -> None:
    with running(LOOKS, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (out, err) == ("Stopped after 3 days.\n", "")
    assert process.returncode == 128 + number


def test_work_that_does_not_look_is_ended_with_its_children(tmp_path: Path) -> None:
    with running(HANGS, tmp_path) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert err == "Stopped after 3 days.\n"
    assert has_ended(child)


def test_children_hear_the_signals_that_we_hold_back(tmp_path: Path) -> None:
    with running(HEARS, tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert (out, err) == (f"{-signal.SIGTERM}\n", "")


def test_afterwards_signals_are_what_they_were_before() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with stopping() as told:
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert not told.told
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_only_the_first_signal_counts() -> None:
    told = Stopping("Stopped.", None)
    told.check()
    told.tell(signal.SIGINT)
    told.tell(signal.SIGTERM)
    with pytest.raises(Failure, match="Stopped") as failed:
        told.check()
    assert failed.value.exit_code == 130
