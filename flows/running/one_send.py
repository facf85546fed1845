"""One `send` run at a time of a worker, however many of them fall due.

Not by Prefect's concurrency limit: its slot stays taken for five minutes after a process was
killed, and a run whose slot the server forgot, as it does when it restarts, is ended in the middle.
A lock on a file goes with the process that holds it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from contacts.settings import Settings


def this_worker() -> str:
    """The name of the Prefect worker that started this run; the flow runner sets none."""
    return os.environ.get("PREFECT__WORKER_NAME", "runner")


@contextmanager
def one_send(settings: Settings) -> Iterator[bool]:
    """Whether this run is the one that sends for its worker; held until it is done."""
    folder = settings.state / "sending"
    settings.make_state()
    folder.mkdir(exist_ok=True)
    with (folder / f"{this_worker()}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
