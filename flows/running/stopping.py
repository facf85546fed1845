"""Ctrl-C and SIGTERM as a mark that long work looks at, and an end by force where that is too slow.

Prefect puts its own handler in place of ours while a flow runs, and asyncio and uvicorn theirs. So
the signals are blocked, which no handler can change, and a thread of ours waits for them.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flows.failure import Failure

_WAKE = signal.SIGUSR2  # from us to our own thread alone


class Stopping:
    """Whether we were told to stop, and how much longer we may take for it."""

    def __init__(self, farewell: str, patience: float | None) -> None:
        self.farewell = farewell
        """What is said at the end, by whoever ends us; it may change as the work goes on."""
        self.patience = patience
        """Seconds from the signal to an end by force; None to wait for as long as it takes."""
        self.groups: list[int] = []
        """Process groups that such an end takes along."""
        self._signal: int | None = None
        self._left = False

    @property
    def told(self) -> bool:
        return self._signal is not None

    @property
    def exit_code(self) -> int:
        """As a shell has it for a program that a signal ended: 130 for Ctrl-C, 143 for SIGTERM."""
        return 0 if self._signal is None else 128 + self._signal

    def check(self) -> None:
        """Raise Failure with the farewell once we were told to stop."""
        if self.told:
            raise Failure(self.farewell, self.exit_code)

    def tell(self, number: int) -> None:
        """We are to stop; only the first time counts."""
        if self.told:
            return
        self._signal = number
        if self.patience is not None:
            last = threading.Timer(self.patience, self._end)
            last.daemon = True
            last.start()

    def leave(self) -> None:
        """Whoever called us has the farewell; a process that then hangs is ended in silence."""
        self._left = True

    def _end(self) -> None:
        """Everything is on record at every moment, so an end by force loses nothing."""
        for group in self.groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        if not self._left:
            terminal = sys.stderr.isatty()
            with suppress(OSError, ValueError):
                # A progress bar may have hidden the cursor, in the middle of a line.
                sys.stderr.write(f"{_CURSOR if terminal else ''}{self.farewell}\n")
                sys.stderr.flush()
        os._exit(self.exit_code)


_CURSOR = "\r\n\033[?25h"


@contextmanager
def stopping(farewell: str = "Stopped.", *, patience: float | None = None) -> Iterator[Stopping]:
    """Let Ctrl-C, SIGTERM and a closed terminal only set the mark. Enter it before any thread."""
    marks = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
        marks.add(signal.SIGHUP)
    state = Stopping(farewell, patience)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*marks, _WAKE})
    watcher = threading.Thread(
        target=_watch, args=(state, marks), name="touchline-signals", daemon=True
    )
    watcher.start()
    try:
        yield state
    finally:
        if state.told:
            state.leave()  # and stay deaf to a second Ctrl-C until the process is gone
        else:
            signal.pthread_kill(watcher.ident or 0, _WAKE)
            watcher.join()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(state: Stopping, marks: set[signal.Signals]) -> None:
    while (number := signal.sigwait({*marks, _WAKE})) != _WAKE:
        state.tell(number)
