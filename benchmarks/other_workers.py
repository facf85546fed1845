"""More workers beside a measured one: processes that claim from its record, and send.

`python -m benchmarks.other_workers` is one of them: it gets ready, waits for a line, and sends.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import uvloop

from benchmarks.people import NOW
from benchmarks.product_run import Run
from contacts.delivery.tick import Tick
from contacts.messages.templates import templates_of
from contacts.record.engine import open_record

_READY = "ready\n"


class OtherWorkers:
    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes

    def begin(self) -> None:
        for process in self._processes:
            _pipe(process.stdin).write("\n")
            _pipe(process.stdin).flush()

    def end(self) -> list[int]:
        """Wait until nothing is left to send; how many touches each of them sent."""
        return [int(_pipe(process.stdout).readline()) for process in self._processes]


NO_OTHERS = OtherWorkers(())


@contextmanager
def other_workers(run: Run, *, port: int, count: int) -> Iterator[OtherWorkers]:
    """So many more workers, ready to begin."""
    command = [sys.executable, "-m", "benchmarks.other_workers", str(run.folder)]
    command += ["--port", str(port), "--channel", run.channel, "--batch-size", str(run.batch_size)]
    if run.database is not None:
        command += ["--database", run.database]
    with ExitStack() as opened:
        started = [
            opened.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(count)
        ]
        for process in started:
            opened.callback(process.terminate)
            assert _pipe(process.stdout).readline() == _READY
        yield OtherWorkers(started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="the prepared workspace")
    parser.add_argument("--channel", choices=("email", "sms"), default="email")
    parser.add_argument("--database", help="a URL, where it is not a file of the place")
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--port", type=int, required=True, help="of the stand-in")
    wish = parser.parse_args()
    run = Run(wish.place, wish.channel, wish.database, wish.batch_size)
    sys.stdout.write(f"{uvloop.run(_send(run, wish.port))}\n")


async def _send(run: Run, port: int) -> int:
    settings = run.settings(port)
    one_pass = Tick(open_record(settings.url), settings, NOW)
    templates_of(settings)
    sys.stdout.write(_READY)
    sys.stdout.flush()
    sys.stdin.readline()
    report = await one_pass.send()
    return report.sent


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


if __name__ == "__main__":
    main()
