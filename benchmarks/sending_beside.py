"""`python -m benchmarks.sending_beside`: gets ready, waits for a line, then sends what is due."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import uvloop

from benchmarks.measured import Measured, measuring
from benchmarks.product import work_through
from benchmarks.product_run import Run
from flows.running.children import GIVING_WAY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="the prepared workspace")
    parser.add_argument("--database", help="a URL, where it is not a file of the place")
    parser.add_argument("--port", type=int, required=True, help="of the stand-in")
    parser.add_argument("--touches", type=int, required=True)
    wish = parser.parse_args()
    os.nice(GIVING_WAY)  # as `touchline up` runs it
    measured = Measured(touches=wish.touches)
    run = Run(wish.place, database=wish.database)
    around = _when_told(measured)
    uvloop.run(work_through(run, port=wish.port, measured=measured, around=around))
    sys.stdout.write(json.dumps(asdict(measured)))


@contextmanager
def _when_told(measured: Measured) -> Iterator[None]:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with measuring(measured):
        yield


if __name__ == "__main__":
    main()
