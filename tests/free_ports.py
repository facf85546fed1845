"""Ports for servers that tests start: none twice, and none that a worker beside us hands out."""

import os
from itertools import count

from flows.running.children import is_free

_FIRST, _SIZE = 10_000, 22_000  # no system gives these to outgoing connections
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_turns = count(os.getpid())  # so that a suite beside ours begins elsewhere


def free_port() -> int:
    """A port that nobody holds, and that is handed out once."""
    while True:
        port = _FIRST + (next(_turns) * _WORKERS + _WORKER) % _SIZE
        if is_free(port):
            return port
