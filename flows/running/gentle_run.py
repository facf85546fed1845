"""A flow run that finishes what is on the wire, however the worker that started it ends.

A worker that is told to stop kills its flow runs on the spot, and what they had on the wire would
be in doubt. So a worker starts this small process instead, and this one the run: a signal is handed
on, and whoever is killed, worker or this process, the kernel asks the run to end.
"""

import ctypes
import io
import os
import runpy
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from flows.running.quick_imports import without_collections

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_PR_SET_PDEATHSIG = 1
_HANDED_ON = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    """Run the flow run that the environment names; its exit code, as a shell has it."""
    _end_with(os.getppid())
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON)  # until there is whom to hand them to
    ours = os.getpid()
    run = os.fork()
    if run == 0:
        _end_with(ours)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
        return _run_the_flow()
    for number in _HANDED_ON:
        signal.signal(number, lambda number, _frame: _hand_on(run, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
    _, status = os.waitpid(run, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _end_with(parent: int) -> None:
    """Have the kernel send us SIGTERM when our parent ends, where it can; or if it has already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


def _hand_on(run: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(run, number)


def _run_the_flow() -> int:
    sys.stdout, sys.stderr = _text(1), _text(2)
    sys.argv = ["prefect.engine"]
    with without_collections():
        import_module("prefect.flow_engine")
    runpy.run_module("prefect.engine", run_name="__main__")
    return 0


class _Unbroken(io.FileIO):
    """A pipe to a worker that may be gone: what is written then is lost, and ends nobody."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _text(descriptor: int) -> io.TextIOWrapper:
    pipe = _Unbroken(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(pipe), encoding="utf-8", line_buffering=True)


if __name__ == "__main__":
    sys.exit(main())
