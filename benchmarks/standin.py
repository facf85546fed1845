"""The stand-in as a process of its own, so that its CPU counts for nobody."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_standin(folder: Path) -> Iterator[int]:
    """The port of a stand-in that answers and tells nobody of events."""
    command = [sys.executable, "-m", "contacts.channels.standin", "--port", "0"]
    with subprocess.Popen(
        [*command, "--folder", str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            if not ready:
                raise RuntimeError("the stand-in did not start")
            yield int(ready.strip().rpartition(":")[2])
        finally:
            process.terminate()
