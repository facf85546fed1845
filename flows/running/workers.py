"""The Prefect workers that `touchline up --workers N` starts on this machine.

Each runs one `send` at a time; the claims of the record keep them off each other's touches.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from contacts.settings import Settings
from flows.running.children import GIVING_WAY, start
from flows.running.log_tail import LogTail
from flows.running.server import prefect_environment

POOL = "touchline"
SEND_QUEUE = "send"
_POLL_SECONDS = "5"
_SHORT_LIFE = 60.0  # seconds
_SHORT_LIVES = 3


class Worker:
    """One `prefect worker`, started again whenever it dies."""

    def __init__(self, settings: Settings, number: int) -> None:
        self.name = f"up-{number}"
        self._settings = settings
        self._log = settings.state / "logs" / f"worker-{number}.log"
        self._short_lives = 0
        self._begin()

    def news(self) -> Iterator[str]:
        """A line for every run that ended, and for the worker itself where it died.

        Raises Failure once it dies as soon as it is started, time after time.
        """
        yield from self._runs.finished_runs()
        if self.child.is_alive:
            return
        lived = time.monotonic() - self._since
        self._short_lives = self._short_lives + 1 if lived < _SHORT_LIFE else 0
        if self._short_lives >= _SHORT_LIVES:
            raise self.child.died()
        yield (
            f"{self.child.name} ended (exit {self.child.process.poll()}) and is started again; "
            "what it had claimed is free when its lease is over."
        )
        self._begin()

    def _begin(self) -> None:
        self.child = start(
            f"worker {self.name}",
            [
                *("prefect", "worker", "start", "--type", "process"),
                *("--pool", POOL, "--work-queue", SEND_QUEUE),
                *("--name", self.name, "--limit", "1"),
            ],
            log=self._log,
            extra=_environment(self._settings),
            niceness=GIVING_WAY,
        )
        self._runs = LogTail(self._log)
        self._since = time.monotonic()


def _environment(settings: Settings) -> dict[str, str]:
    here = str(Path(sys.executable).parent)
    return prefect_environment(settings) | {
        # The pool's command says `python`, for it holds on every machine; here it is this one.
        "PATH": os.pathsep.join([here, os.environ.get("PATH", os.defpath)]),
        "PREFECT_WORKER_QUERY_SECONDS": _POLL_SECONDS,
    }
