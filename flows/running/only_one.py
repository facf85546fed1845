"""One `up` or `demo` a workspace at a time: two would share its ports and its Prefect."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from contacts.settings import Settings
from flows.failure import REFUSED, Failure


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the workspace's lock; raise Failure if another program holds it.

    The lock goes with the process that holds it, however that ends.
    """
    settings.make_state()
    with (settings.state / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                f"{settings.workspace}: 'touchline up' or 'touchline demo' is running here; "
                "stop it first (Ctrl-C in its window).",
                REFUSED,
            ) from None
        yield
