"""The programs that `up` starts: watched, told on, and never left behind."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.failure import WORLD, Failure
from flows.running.children import (
    GIVING_WAY,
    Child,
    adopt_orphans,
    is_free,
    start,
    stop,
    wait_until_up,
)
from tests.free_ports import free_port
from tests.leftovers import has_ended

STUBBORN = """\
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(grandchild.pid, flush=True)
time.sleep(600)
"""
HEIR = """\
import signal, subprocess, sys, time
heir = '''
import signal, time
def end(*_):
    time.sleep(0.3)
    print("ended well", flush=True)
    raise SystemExit
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(600)
'''
child = subprocess.Popen([sys.executable, "-c", heir])
def go(*_):
    child.terminate()
    raise SystemExit
signal.signal(signal.SIGTERM, go)
print("listening", flush=True)
time.sleep(600)
"""
"""Ends at once when told, and leaves somebody who needs longer."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "child.log"


@pytest.fixture
def server(log: Path) -> Iterator[tuple[Child, int]]:
    port = free_port()
    child = start(
        "file server",
        ["http.server", str(port), "--bind", "127.0.0.1"],
        log=log,
        extra={},
        niceness=GIVING_WAY,
    )
    yield child, port
    stop(child, grace=5)


def test_a_child_that_answers_is_up(server: tuple[Child, int]) -> None:
    child, port = server
    wait_until_up(child, f"http://127.0.0.1:{port}/", seconds=30)
    assert not is_free(port)


def test_what_works_through_what_is_due_gives_way_to_who_waits_for_an_answer(
    server: tuple[Child, int],
) -> None:
    child, _ = server
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, child.process.pid) == min(ours + GIVING_WAY, 19)


def test_a_stopped_child_gives_its_port_back(server: tuple[Child, int]) -> None:
    child, port = server
    wait_until_up(child, f"http://127.0.0.1:{port}/", seconds=30)
    stop(child, grace=5)
    assert is_free(port)


def test_whoever_a_child_leaves_behind_may_end_well_too(log: Path, tmp_path: Path) -> None:
    (tmp_path / "heir.py").write_text(HEIR, encoding="utf-8")
    adopt_orphans()
    child = start("heir", ["heir"], log=log, extra={"PYTHONPATH": str(tmp_path)})
    while not {"ready", "listening"} <= set(log.read_text("utf-8").split()):
        time.sleep(0.01)
    stop(child, grace=60)
    assert "ended well" in log.read_text("utf-8")


def test_a_child_that_dies_is_named_with_its_last_words_and_log(log: Path) -> None:
    child = start("web app", ["no_such_module_at_all"], log=log, extra={})
    with pytest.raises(Failure, match="web app stopped unexpectedly") as failed:
        wait_until_up(child, "http://127.0.0.1:9/", seconds=30)
    assert "No module named no_such_module_at_all" in failed.value.message
    assert str(log) in failed.value.message
    assert failed.value.exit_code == WORLD


def test_what_a_child_started_goes_with_it_even_if_it_will_not_end(
    log: Path, tmp_path: Path
) -> None:
    (tmp_path / "stubborn.py").write_text(STUBBORN, encoding="utf-8")
    child = start("stubborn", ["stubborn"], log=log, extra={"PYTHONPATH": str(tmp_path)})
    while not (said := log.read_text("utf-8").strip()):
        time.sleep(0.05)
    stop(child, grace=0.5)
    assert not child.is_alive
    assert has_ended(int(said))


def test_the_log_of_the_life_before_is_kept(log: Path) -> None:
    for _ in range(2):
        child = start("briefly", ["this"], log=log, extra={})
        child.process.wait()
    assert log.read_text("utf-8") == log.with_suffix(".log.1").read_text("utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux call tells children of our death")
def test_children_end_with_a_parent_that_was_killed(log: Path, tmp_path: Path) -> None:
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import time\nfrom pathlib import Path\nfrom flows.running.children import start\n"
        f"child = start('sleeper', ['sleeper'], log=Path({str(log)!r}), extra={{}})\n"
        "print(child.process.pid, flush=True)\ntime.sleep(600)\n",
        encoding="utf-8",
    )
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(600)\n", encoding="utf-8")
    outer = start("parent", ["parent"], log=tmp_path / "out", extra={"PYTHONPATH": str(tmp_path)})
    while not (said := (tmp_path / "out").read_text("utf-8").strip()):
        assert outer.is_alive
        time.sleep(0.05)
    os.kill(outer.process.pid, signal.SIGKILL)
    outer.process.wait()
    assert has_ended(int(said))
