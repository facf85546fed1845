"""Programs that `up` and `demo` start beside themselves, so that none is ever left behind.

Each runs in a process group of its own: Ctrl-C in the terminal reaches only us, and we end them in
an order of our choosing, with everything they started themselves.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from contacts.settings_file.private import make_private
from flows.failure import WORLD, Failure

HOST = "127.0.0.1"
GIVING_WAY = 5
"""What is added to the niceness of whatever works through what is due: on a machine that has more
to do than cores, a customer's click and a provider's event are answered before it goes on."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def died(self) -> Failure:
        """What to say about a child that ended by itself."""
        return Failure(
            f"{self.name} stopped unexpectedly (exit {self.process.poll()}): "
            f"{_last_words(self.log)}\nIts log: {self.log}",
            WORLD,
        )


def start(
    name: str,
    arguments: Sequence[str],
    *,
    log: Path,
    extra: Mapping[str, str],
    niceness: int = 0,
) -> Child:
    """Start `python -m` with `arguments`, its output in `log`, its environment ours and `extra`.

    `niceness` comes on top of ours, for the child and whatever it starts.
    """
    make_private(log.parent)
    if log.exists():
        log.replace(log.with_suffix(".log.1"))  # how the last life ended may be in there
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own modules, no shell
            [sys.executable, "-m", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(extra),
            start_new_session=True,
            preexec_fn=_begin_child(niceness),  # three system calls; they take no lock
        )
    return Child(name, process, log)


def stop(*children: Child, grace: float) -> None:
    """Ask the children to end, wait `grace` seconds, then end whatever is left of their groups."""
    for child in children:
        if child.is_alive:
            with suppress(ProcessLookupError):
                child.process.terminate()
    deadline = time.monotonic() + grace
    for child in children:
        _wait(child, deadline)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def adopt_orphans() -> None:
    """Become the parent of whoever our children leave behind, so that `stop` waits for them too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until_up(
    child: Child, url: str, *, seconds: float, on_wait: Callable[[], None] = lambda: None
) -> None:
    """Return once `url` answers; raise Failure if the child dies or `seconds` go by before."""
    deadline = time.monotonic() + seconds
    while not is_up(child, url):
        if time.monotonic() > deadline:
            raise Failure(
                f"{child.name} did not answer within {seconds:.0f} s. Its log: {child.log}", WORLD
            )
        on_wait()
        time.sleep(0.2)


def is_up(child: Child, url: str) -> bool:
    """Whether `url` answers; raise Failure if the child has died."""
    if not child.is_alive:
        raise child.died()
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # a loopback address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _wait(child: Child, deadline: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(max(0.0, deadline - time.monotonic()))
    while _has_orphans(child) and time.monotonic() < deadline:
        time.sleep(0.05)


def _has_orphans(child: Child) -> bool:
    """Whether somebody of the child's group lives on as ours; takes note of those that ended."""
    try:
        while os.waitpid(-child.process.pid, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return False
    return True


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **extra}


def _begin_child(niceness: int) -> Callable[[], None]:
    """A child hears every signal, also where we block some (see stopping.py).

    On Linux it is told when we are killed without a chance to end it.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def begin() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.nice(niceness)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return begin


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
