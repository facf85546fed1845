"""Runs the web app for one workspace: `python -m contacts.web --workspace DIR`.

Exit codes as on the command line: 2 for a workspace that cannot be used, 3 where the world fails
(the port is taken, the record cannot be opened).
"""

import argparse
import errno
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from contacts.masked_log import mask_loggers, mask_structlog
from contacts.record.consent.secret_key import refuse_other_key
from contacts.record.engine import RecordError, open_record
from contacts.record.migrate import check_schema
from contacts.record.sending.live import refuse_rehearsal
from contacts.settings import Settings, SettingsError, load_settings
from contacts.web.app import create_app

HOST = "127.0.0.1"
_BUSY_SECONDS = 5  # SendGrid waits 10 s for an answer, and repeats after our 503


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contacts.web", description=__doc__)
    parser.add_argument("--workspace", "-w", type=Path, default=Path())
    try:
        return serve(load_settings(parser.parse_args().workspace))
    except SettingsError as error:
        return _fail(str(error), 2)
    except RecordError as error:
        return _fail(str(error), 3)


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    # Many read at once here, and it is one process for as long as it runs.
    engine = open_record(settings.url, busy_seconds=_BUSY_SECONDS, cached=0)
    check_schema(engine)
    refuse_other_key(engine, settings, now=datetime.now(UTC))
    refuse_rehearsal(engine, settings)  # its webhooks would be told by the stand-in's keys
    app = create_app(settings, engine, clock=lambda: datetime.now(UTC))
    try:
        listener = _listen(settings.web_port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else "cannot be opened"
        return _fail(
            f"port {settings.web_port} on {HOST} {why}; set web_port in "
            f"{settings.workspace / 'touchline.toml'}, or stop that program.",
            3,
        )
    with listener:
        _run(app, listener)
    engine.dispose()
    return 0


def _run(app: object, listener: socket.socket) -> None:
    # uvicorn raises the signal that ended it once more; with the default action that would kill us.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI is an ASGI app
        loop="auto" if sys.platform == "win32" else "uvloop",
        log_level="warning",
        access_log=False,  # the paths of unsubscribe links are secrets
        server_header=False,
        # What a proxy says of the client is read in contacts.web.caller, and only for the limits.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    mask_loggers("uvicorn.error")  # after uvicorn has set its loggers up
    mask_structlog()
    uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


def _fail(message: str, code: int) -> int:
    print(message, file=sys.stderr)  # noqa: T201  # the one line that the user sees
    return code


if __name__ == "__main__":
    sys.exit(main())
