"""`python -m tests.forks`: imports the product once, then forks a real process for every order.

An order is a line of JSON on stdin; stdout tells what became of each process, a line of JSON each.
Fresh processes, as a worker or the web app is one, at the price of a fork; all end with stdin.
"""

import asyncio
import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import holidays
import uvicorn
from sqlalchemy.orm import configure_mappers

from contacts.channels.standin.__main__ import main as play_providers
from contacts.delivery.tick import Tick
from contacts.record.engine import open_record
from contacts.settings import load_settings
from contacts.web.app import create_app
from contacts.workspace.files import load_cadences

_PR_SET_PDEATHSIG = 1
_WIRE = "contacts.channels.wire_pyreqwest"


def tick(
    *,
    workspace: str,
    now: str,
    changes: dict[str, Any],
    parts: list[str],
    files: int | None = None,
) -> None:
    """A worker: one pass of settle and plan, of send, or of both; it may open so many files."""
    if files is not None:
        _limit_files(files)
    settings = load_settings(Path(workspace)).model_copy(update=changes)
    engine = open_record(settings.url)
    one = Tick(engine, settings, datetime.fromisoformat(now))
    if "plan" in parts:
        one.plan(load_cadences(settings.workspace / "cadences"), some_held=False)
    if "send" in parts:
        asyncio.run(one.send())
    engine.dispose()


def _limit_files(more: int) -> None:
    used = max(map(int, os.listdir("/proc/self/fd")))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + more, most))


def web(*, workspace: str, now: str) -> None:
    """The web app, whose clock stands still."""
    settings, at = load_settings(Path(workspace)), datetime.fromisoformat(now)
    app = create_app(settings, open_record(settings.url), clock=lambda: at)
    uvicorn.run(app, host="127.0.0.1", port=settings.web_port, log_level="error", access_log=False)


def standin(*, arguments: list[str]) -> None:
    """The providers; what they accepted is on the disk before they say so."""
    sys.exit(play_providers(["--durable", *arguments]))


JOBS: dict[str, Callable[..., None]] = {"tick": tick, "web": web, "standin": standin}


def main() -> None:
    """Take orders until stdin ends."""
    _load_what_is_loaded_late()
    told, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lines = b""
    while True:
        ready, _, _ = select.select([0, told], [], [])
        if told in ready:
            os.read(told, 512)
            _tell_changes()
        if 0 in ready:
            chunk = os.read(0, 65536)
            if not chunk:
                return
            *orders, lines = (lines + chunk).split(b"\n")
            for order in orders:
                _tell(_fork(json.loads(order)), "started")


def _load_what_is_loaded_late() -> None:
    """Here once instead of in every process; none of it opens a connection or starts a thread."""
    configure_mappers()
    holidays.list_supported_countries()
    for name in ("sqlite3", "psycopg", "uvloop", "uvicorn.protocols.http.auto", _WIRE):
        with suppress(ImportError):
            import_module(name)
    gc.freeze()  # a collection in a child would copy every page that it shares with us
    gc.enable()  # off since our start, by whoever started us


def _fork(order: dict[str, Any]) -> int:
    ours = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _become_a_process(ours, order["environ"])
        JOBS[order["job"]](**order["what"])
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:  # noqa: BLE001  # whatever it is, the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _become_a_process(parent: int, environ: dict[str, str]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # no child outlives its parent
    if os.getppid() != parent:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    os.environ.update(environ)


def _tell_changes() -> None:
    """Say which children ended or stopped since."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if os.WIFSTOPPED(status):
            _tell(pid, "stopped")
        else:
            _tell(pid, "ended", os.waitstatus_to_exitcode(status))


def _tell(pid: int, became: str, code: int = 0) -> None:
    os.write(1, json.dumps({"pid": pid, "became": became, "code": code}).encode() + b"\n")


if __name__ == "__main__":
    main()
