"""`python -m flows.running.first_pass --workspace DIR`: what `up` does at once, beside the start.

Prefect takes half a minute to come up, and longer to have planned everything by its flows. The
board is there sooner, and is to tell no customer as forgotten whom nobody has planned for yet.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from contacts.settings import Settings, load_settings
from contacts.workspace.paused import last_known_paused
from flows.failure import explain
from flows.running.children import Child, start
from flows.wording import brought, counted, masked, proof_words, said_of, started
from flows.workspace import opened_record

if TYPE_CHECKING:  # it takes half of the time
    from contacts.workspace.first_pass import FirstPass

PATIENCE = 20.0
"""Seconds that the board waits for it; a large book takes longer, and it goes on beside."""
_MEANS = " (in hand: a next touch or task is planned for them)"
_FAULTS = 5


def start_first_pass(settings: Settings) -> Child:
    return start(
        "first pass",
        ["flows.running.first_pass", "--workspace", str(settings.workspace)],
        log=settings.state / "logs" / "first-pass.log",
        extra={},
    )


def wait_for_first_pass(child: Child, *, on_wait: Callable[[], None]) -> list[str]:
    """What it has to say, if it ended in time; where it failed, the flows do it as ever."""
    deadline = time.monotonic() + PATIENCE
    while child.is_alive and time.monotonic() < deadline:
        on_wait()
        time.sleep(0.1)
    if child.is_alive:
        return [
            "first pass · still planning; until it ends, the board lists who is not planned for"
        ]
    said = child.log.read_text("utf-8", errors="replace").splitlines()
    if child.process.returncode == 0:
        return said
    return [f"first pass · not done, so the flows do it all: {' '.join(said[-1:])}"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m flows.running.first_pass", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    try:
        for line in _lines(load_settings(parser.parse_args().workspace)):
            print(line)  # noqa: T201  # `up` shows it
    except Exception as error:  # as everywhere on the command line
        failure = explain(error)
        if failure is None:
            raise
        print(failure.message, file=sys.stderr)  # noqa: T201
        return failure.exit_code
    return 0


def _lines(settings: Settings) -> Iterator[str]:
    from contacts.record.clock import present
    from contacts.workspace.first_pass import first_pass

    paused = last_known_paused(settings)
    with opened_record(settings) as engine:
        done = first_pass(engine, settings, now=present(engine), paused=paused)
    if done is None:
        return
    faults = [masked(fault) for report in done.brought for fault in report.faults]
    for fault in faults[:_FAULTS]:
        yield said_of(fault, settings.workspace)
    if len(faults) > _FAULTS:
        yield f"… and {len(faults) - _FAULTS} more; 'touchline import' names them all"
    yield f"first pass · {_did(done)}{_MEANS}"


def _did(done: "FirstPass") -> str:
    """What came in, who started for it, and how everybody is in hand, in a few words."""
    new = counted((*brought(done.brought), started(done.planned)), otherwise="")
    found = proof_words(done.swept.found, done.swept.repaired)
    return f"{new} · {found}" if new else found


if __name__ == "__main__":
    sys.exit(main())
