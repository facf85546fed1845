"""`touchline up --workers 2` as a person runs it: both workers send, one is killed, Ctrl-C."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from contacts.settings import Settings
from flows.running.children import is_free
from tests.acceptance.test_up import ask, command, wait_for
from tests.leftovers import processes_of
from tests.noon import ADDRESS, NUMBER, noon_workspace
from tests.prefect_database import give

CUSTOMERS = 900

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture
def business(tmp_path: Path, migrated_prefect: Path) -> Settings:
    """So many customers, due at once, that two workers have enough to do."""
    settings = noon_workspace(tmp_path / "business", {"hello": "email"})
    file = settings.workspace / "data" / "customers.csv"
    head, ada = file.read_text("utf-8").splitlines()
    rows = [
        ada.replace(ADDRESS, f"customer-{number}@example.com").replace(NUMBER, "")
        for number in range(CUSTOMERS)
    ]
    file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    toml = settings.workspace / "touchline.toml"
    toml.write_text("send_minutes = 1\n" + toml.read_text("utf-8"), encoding="utf-8")
    give(settings, migrated_prefect)
    return settings


def test_two_workers_share_the_work_and_survive_the_death_of_one(
    business: Settings, tmp_path: Path
) -> None:
    output = tmp_path / "up.txt"
    api = f"http://127.0.0.1:{business.prefect_port}/api"

    def sends() -> list[dict[str, Any]]:
        wish = {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}, "limit": 100}
        runs = ask(f"{api}/flow_runs/filter", wish)
        return [run for run in runs if run["name"].startswith("send") and run["work_pool_name"]]

    def ended(worker: str) -> list[str]:
        return [
            run["name"]
            for run in sends()
            if worker in run["tags"] and run["state_type"] == "COMPLETED"
        ]

    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command(business), "up", "--workers", "2"],
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    try:
        wait_for(lambda: ended("up-1") and ended("up-2"), process, output)
        os.kill(worker_process(business, "up-1"), signal.SIGKILL)
        wait_for(lambda: b"worker up-1 ended (exit -9)" in output.read_bytes(), process, output)
        before = len(ended("up-1"))
        wait_for(lambda: len(ended("up-1")) > before, process, output)
        wait_for(lambda: accepted(business) == CUSTOMERS, process, output)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)

    said = output.read_text()
    assert "up-1, up-2 (work pool 'touchline')" in said
    assert processes_of(business.workspace) == []
    assert all(map(is_free, (business.prefect_port, business.web_port, business.standin_port)))
    logs = b"".join(log.read_bytes() for log in (business.state / "logs").glob("worker-*"))
    assert b"locked" not in logs
    log = (business.state / "standin" / "log.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["to"] for line in log}) == len(log) == CUSTOMERS


def accepted(settings: Settings) -> int:
    return int(ask(f"{settings.standin_url}/health")["accepted"])


def worker_process(settings: Settings, name: str) -> int:
    """The process of the worker of that name."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            ours = str(settings.workspace).encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        if ours and b"worker" in words and name.encode() in words:
            return int(folder.name)
    raise AssertionError(f"no worker {name}")
