"""Real processes for the fault tests: they are started, killed, frozen and waited for."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contacts.failpoints import VARIABLE

ROOT = Path(__file__).parents[1]
KILLED = -signal.SIGKILL
# What it imports stays: to look it through for garbage takes a quarter of the start.
_START = "import gc; gc.disable(); from tests.forks import main; main()"


@dataclass(frozen=True, slots=True)
class Worker:
    """A process of our own."""

    pid: int
    forks: "Forks"

    def ended(self) -> int:
        """Its exit code, or minus the signal that ended it; waits for it."""
        return self.forks.wait(self.pid, "ended")

    def stopped(self) -> None:
        """Wait until it is frozen."""
        self.forks.wait(self.pid, "stopped")

    @property
    def is_gone(self) -> bool:
        """Whether it ended, and its parent has taken note."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> int:
        self.send_signal(signal.SIGKILL)
        return self.ended()


class Forks:
    """Starts processes that have the product imported already (tests/forks.py)."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._told: list[dict[str, Any]] = []

    def start(
        self,
        job: str,
        *,
        failpoint: str | None = None,
        environ: Mapping[str, str] | None = None,
        what: Mapping[str, Any],
    ) -> Worker:
        """A process at `job`, which ends at the point named."""
        assert self._process.stdin is not None
        point = {} if failpoint is None else {VARIABLE: failpoint}
        order = {"job": job, "environ": {**(environ or {}), **point}, "what": dict(what)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Worker(self._take(became="started")["pid"], self)

    def wait(self, pid: int, became: str) -> int:
        told = self._take(pid=pid, became=became)
        return int(told["code"])

    def _take(self, **wanted: Any) -> dict[str, Any]:
        """The next thing told that fits; what was told before about others is kept."""
        assert self._process.stdout is not None
        while True:
            for told in self._told:
                if wanted.items() <= told.items():
                    self._told.remove(told)
                    return told
                ended = told["became"] == "ended" and told["pid"] == wanted.get("pid")
                assert not ended, f"ended with {told['code']} and was never {wanted['became']}"
            line = self._process.stdout.readline()
            assert line, "tests.forks ended; what it said is above"
            self._told.append(json.loads(line))


@contextmanager
def running_forks() -> Iterator[Forks]:
    """The parent of all workers of one test process."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("TOUCHLINE_")}
    with subprocess.Popen(
        [sys.executable, "-c", _START],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Forks(process)
        # Leaving the block closes its stdin, at which it ends.
