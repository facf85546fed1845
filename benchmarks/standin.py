"""The stand-in as a process of its own, so that its CPU counts for nobody."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen


@contextmanager
def running_standin(folder: Path, *, latency: float = 0.0) -> Iterator[int]:
    """The port of a stand-in that tells nobody of events, and answers after `latency` seconds."""
    command = [sys.executable, "-m", "contacts.channels.standin", "--port", "0"]
    with subprocess.Popen(
        [*command, "--folder", str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            if not ready:
                raise RuntimeError("the stand-in did not start")
            port = int(ready.strip().rpartition(":")[2])
            if latency:
                _delay(port, latency)
            yield port
        finally:
            process.terminate()


def _delay(port: int, seconds: float) -> None:
    fault = json.dumps({"provider": "any", "kind": "late", "seconds": seconds}).encode()
    kind = {"Content-Type": "application/json"}
    with urlopen(Request(f"http://127.0.0.1:{port}/_standin/faults", fault, kind)):  # ours
        pass
