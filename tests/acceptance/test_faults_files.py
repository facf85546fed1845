"""A worker that may open no more files: what it cannot do waits, and nothing is lost or doubled."""

import subprocess
import sys
from collections import Counter

import pytest

from tests.stage import RETRIED, Stage
from tests.storm import codes, crowd, states

CROWD = 25
LIMITED = """\
import os, resource, sys
import pyreqwest, sqlite3, uvloop
import contacts.delivery.tick, contacts.workspace.files, flows.command_line, flows.commands.tick
import flows.running.stopping, flows.wording
used = max(map(int, os.listdir("/proc/self/fd")))
resource.setrlimit(resource.RLIMIT_NOFILE, (used, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
sys.exit(flows.command_line.main())
"""


@pytest.mark.parametrize("files", [pytest.param(3, marks=pytest.mark.long), 12])
def test_f61_a_worker_out_of_files_loses_and_doubles_nothing(stage: Stage, files: int) -> None:
    crowd(stage.engine, CROWD)
    stage.tick("plan")
    stage.start("send", files=files).ended()
    stage.settle()
    assert states(stage.engine)["unknown"] == 0
    assert set(codes(stage.engine)) <= {"open_files"}
    assert len(stage.accepted()) < CROWD + 1
    stage.let_leases_pass()
    for _ in range(2):
        stage.tick("send", after=RETRIED)
    assert states(stage.engine) == {"accepted": CROWD + 1}
    assert Counter(Counter(stage.accepted()).values()) == {1: CROWD + 1}


def test_f61_a_command_out_of_files_says_so_in_one_line(stage: Stage) -> None:
    if stage.engine.dialect.name == "postgresql":
        assert stage.start("send", files=1).ended() == 1
        return
    workspace = str(stage.settings.workspace)
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, "-w", workspace, "tick"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 3, ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "open" in ended.stderr
