"""What Prefect adds to a pass: a real send flow run, and the same pass without it, in turns."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.measured import group_cpu_seconds
from benchmarks.product_record import WORKSPACE
from benchmarks.report import Verdict
from benchmarks.rounds import WARM_UP
from benchmarks.scale_record import make_workspace_record
from benchmarks.standin import running_standin
from contacts.channels.rehearsal import standin_folder
from contacts.delivery.planning.plan import plan
from contacts.record.engine import open_record
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadence
from flows.running.children import stop
from flows.running.ports import free_ports
from flows.running.server import prefect_environment, start_server, wait_for_server

_REST = 10.0  # seconds in which the server's own housekeeping is measured
_ALWAYS = {
    'start: "09:00", end: "18:00", days: [mon, tue, wed, thu, fri], holidays: skip': (
        'start: "00:00", end: "23:59", days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore'
    )
}


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds of one round."""

    flow: float
    server: float  # of the Prefect server, beyond what it does by itself
    alone: float
    start_of_flow: float
    start_alone: float

    @property
    def share(self) -> float:
        all_of_it = self.flow + self.server
        return max(0.0, all_of_it - self.alone) / all_of_it


def prefect_share(console: Console, *, rounds: int, touches: int) -> list[Verdict]:
    with (
        TemporaryDirectory(prefix="touchline-bench-") as folder,
        _prefect_server(Path(folder)) as (pid, environment),
    ):
        with console.status("the server at rest"):
            before = group_cpu_seconds(pid)
            time.sleep(_REST)
            at_rest = (group_cpu_seconds(pid) - before) / _REST
        pairs = []
        with console.status("") as status:
            for number in range(rounds):
                status.update(f"round {number + 1} of {rounds}: {touches:,} touches a run")
                place = Path(folder) / f"round-{number}"
                pairs.append(_pair(place, touches, environment, pid, at_rest))
        runs = _count_runs(environment)
    flow, server, alone = (
        median(getattr(one, name) for one in pairs) for name in ("flow", "server", "alone")
    )
    console.print(
        f"A send run of {touches:,} touches: {flow:.2f} s of CPU and {server:.2f} s in Prefect's "
        f"server; the same pass without Prefect {alone:.2f} s. Of {rounds} runs Prefect keeps "
        f"{runs['flow_runs']} flow runs and {runs['task_runs']} task runs.\n"
        f"Beside it the start of its process, whatever the number of touches: "
        f"{median(one.start_of_flow for one in pairs):.1f} s with Prefect, "
        f"{median(one.start_alone for one in pairs):.1f} s without."
    )
    return [Verdict("prefect", median(one.share for one in pairs))]


@contextmanager
def _prefect_server(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The server's process id, and the variables of runs that talk to it."""
    home = folder / "server"
    shutil.copytree(WORKSPACE, home)
    [port] = free_ports(1)
    settings = load_settings(home, prefect_port=port)
    server = start_server(settings)
    try:
        wait_for_server(server, settings)
        yield server.process.pid, prefect_environment(settings)
    finally:
        stop(server, grace=10)


def _pair(
    place: Path, touches: int, environment: Mapping[str, str], server: int, at_rest: float
) -> Pair:
    alone = _run(_two_planned(place / "alone", touches), {}, [])
    folders = _two_planned(place / "flow", touches)
    by_flow = _run(folders, environment, ["--flow", "--server", str(server)])
    for one in (alone, by_flow):
        assert one["sent"] == touches, one
    return Pair(
        flow=by_flow["cpu"],
        server=max(0.0, by_flow["server"] - at_rest * by_flow["wall"]),
        alone=alone["cpu"],
        start_of_flow=by_flow["start"],
        start_alone=alone["start"],
    )


def _two_planned(folder: Path, touches: int) -> list[Path]:
    """The workspaces of a small pass and of the one to measure."""
    return [_planned(folder / "warm-up", WARM_UP), _planned(folder / "measured", touches)]


def _planned(folder: Path, touches: int) -> Path:
    """A workspace in which so many touches are due at this moment, at any hour of any day."""
    shutil.copytree(WORKSPACE, folder)
    (folder / "cadences" / "reminder.yaml").unlink()
    path = folder / "cadences" / "spring.yaml"
    text = path.read_text(encoding="utf-8")
    for usual, always in _ALWAYS.items():
        assert usual in text
        text = text.replace(usual, always)
    path.write_text(text, encoding="utf-8")
    settings: Settings = load_settings(folder)
    settings.state.mkdir()
    engine = open_record(settings.url)
    now = datetime.now(UTC)
    make_workspace_record(engine, settings, touches, now=now)
    plan(engine, [load_cadence(path)], settings=settings, now=now)
    engine.dispose()
    return folder


def _run(folders: list[Path], environment: Mapping[str, str], options: list[str]) -> dict[str, Any]:
    shared, *others = [standin_folder(load_settings(one).state) for one in reversed(folders)]
    for other in others:
        other.symlink_to(shared, target_is_directory=True)  # a run sends to its own stand-in alone
    with running_standin(shared) as port:
        ours = {"TOUCHLINE_STANDIN_PORT": str(port)}
        places = map(str, folders)
        command = [sys.executable, "-m", "benchmarks.prefect_pass", *places, *options]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=os.environ | dict(environment) | ours,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _count_runs(environment: Mapping[str, str]) -> dict[str, int]:
    asking = (
        "import asyncio, json\n"
        "from prefect import get_client\n"
        "async def count():\n"
        "    async with get_client() as client:\n"
        "        flows, tasks = await client.read_flow_runs(), await client.read_task_runs()\n"
        "    print(json.dumps({'flow_runs': len(flows), 'task_runs': len(tasks)}))\n"
        "asyncio.run(count())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asking],
        stdout=subprocess.PIPE,
        env=os.environ | dict(environment),
        check=True,
    )
    counted: dict[str, int] = json.loads(done.stdout)
    return counted
